//! The same application has the same document, byte for byte.

use std::{env, fs, process::Command};

use proptest::{prelude::*, sample::subsequence};

use crate::zoo::{MOUNTS, Mount, mounted};

/// Where a process that this test starts writes its document.
const TARGET: &str = "DOCUMENT_OF_ANOTHER_PROCESS";

fn text(mounts: impl IntoIterator<Item = Mount>) -> String {
    mounted(mounts).asyncapi().unwrap().to_json_pretty()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Numbers of mounts, since shuffling wants values that can be shown.
    #[test]
    fn the_order_of_registration_does_not_show(
        (some, order) in subsequence((0..MOUNTS.len()).collect::<Vec<_>>(), 1..=MOUNTS.len())
            .prop_flat_map(|some| (Just(some.clone()), Just(some).prop_shuffle()))
    ) {
        let of = |numbers: &[usize]| text(numbers.iter().map(|number| MOUNTS[*number]));
        prop_assert_eq!(of(&some), of(&order));
    }
}

#[test]
fn the_reverse_order_gives_the_same_bytes() {
    assert_eq!(text(MOUNTS), text(MOUNTS.into_iter().rev()));
}

/// The hash maps of every process have seeds of their own.
#[test]
fn ten_processes_make_the_same_bytes() {
    let own = text(MOUNTS);
    if let Some(target) = env::var_os(TARGET) {
        fs::write(target, own).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for number in 0..10 {
        let target = folder.path().join(number.to_string());
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "stable::ten_processes_make_the_same_bytes"])
            .env(TARGET, &target)
            .status()
            .unwrap();
        assert!(status.success());
        assert!(
            fs::read_to_string(target).unwrap() == own,
            "process {number} made another document"
        );
    }
}
