//! The committed seeds, run without a fuzzer.

use std::{fs, path::Path};

fn each_seed(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/seeds")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let seed = fs::read(&path).unwrap();
        if std::panic::catch_unwind(|| run(&seed)).is_err() {
            panic!("the seed {} fails", path.display());
        }
        count += 1;
    }
    assert!(count >= 20, "{count} seeds in {}", folder.display());
}

#[test]
fn every_seed_of_text_is_read_as_serde_reads_it() {
    each_seed("text", super::text);
}

#[test]
fn every_seed_of_frames_comes_out_the_same_however_it_is_cut() {
    each_seed("frames", super::frames);
}

#[test]
fn every_connection_of_a_seed_ends() {
    each_seed("connection", super::connection);
}
