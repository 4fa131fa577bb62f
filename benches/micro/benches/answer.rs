//! From the text of a frame to the bytes of its answer, by three programs; `ratio` compares them more strictly.
//!
//! Each iteration answers one frame, of each of the twenty messages in turn.

use bench_micro::{
    by_hand, expert,
    messages::{Place, frames},
    ours::{Connection, Room},
};
use divan::{AllocProfiler, Bencher, black_box};
use realtime_runtime::bench;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const CASES: [(usize, Place); 4] = [
    (100, Place::First),
    (100, Place::Last),
    (4096, Place::First),
    (4096, Place::Last),
];

fn main() {
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, (size, place): (usize, Place), mut answer: impl FnMut(&str)) {
    let frames = frames(size, place);
    let mut frames = frames.iter().cycle();
    bencher.bench_local(|| answer(black_box(frames.next().map_or("", String::as_str))));
}

#[divan::bench(args = CASES)]
fn ours(bencher: Bencher<'_, '_>, case: (usize, Place)) {
    let mut connection = Connection::new();
    run(bencher, case, |text| {
        black_box(connection.answer(text));
    });
}

#[divan::bench(name = "by hand", args = CASES)]
fn written_by_hand(bencher: Bencher<'_, '_>, case: (usize, Place)) {
    let mut out = Vec::new();
    run(bencher, case, |text| {
        out.clear();
        let _ = black_box(by_hand::answer(text, &mut out));
        black_box(&out);
    });
}

#[divan::bench(name = "serde's enums", args = CASES)]
fn usual(bencher: Bencher<'_, '_>, case: (usize, Place)) {
    run(bencher, case, |text| {
        let _ = black_box(expert::answer(text));
    });
}

/// What a handler sees, made and dropped.
#[divan::bench]
fn context(bencher: Bencher<'_, '_>) {
    let mut member = bench::Member::<Room>::new(&bench::layer());
    bencher.bench_local(|| {
        member.context(|cx| {
            black_box(cx);
        });
    });
}
