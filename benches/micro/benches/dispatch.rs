//! A frame to the right variant: by how many handlers there are, by where the tag stands, by how long the payload is.
//!
//! Each iteration reads one frame, of each handler in turn, and drops the message. `unknown` is a frame that no handler
//! takes: it is refused, with the words for the client.

use bench_micro::{
    handlers::{Five, Handlers, Sixty, Twenty},
    messages::Place,
};
use divan::{AllocProfiler, Bencher, black_box, counter::BytesCount};
use realtime_runtime::{Consumer, bench};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const SIZES: [usize; 2] = [100, 4096];

fn main() {
    divan::main();
}

fn read<C: Handlers>(bencher: Bencher<'_, '_>, frames: &[String]) {
    let mut frames = frames.iter().cycle();
    let bytes = frames.clone().next().map_or(0, String::len);
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let text = frames.next().map_or("", String::as_str);
        let message = bench::decode::<<C as Consumer>::Incoming>(black_box(text));
        black_box(message).is_some()
    });
}

#[divan::bench(types = [Five, Twenty, Sixty], args = SIZES)]
fn tag_first<C: Handlers>(bencher: Bencher<'_, '_>, size: usize) {
    read::<C>(bencher, &C::frames(size, Place::First));
}

#[divan::bench(types = [Five, Twenty, Sixty], args = SIZES)]
fn tag_last<C: Handlers>(bencher: Bencher<'_, '_>, size: usize) {
    read::<C>(bencher, &C::frames(size, Place::Last));
}

#[divan::bench(types = [Five, Twenty, Sixty], args = SIZES)]
fn unknown<C: Handlers>(bencher: Bencher<'_, '_>, size: usize) {
    read::<C>(bencher, &[C::unknown(size)]);
}
