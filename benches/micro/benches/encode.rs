//! A message into a WebSocket frame.
//!
//! Into a buffer that is kept and has its size, as replies are written; `shared` is the frame of an event, with a buffer
//! of its own, and with the handler that makes the message.

use bench_micro::{
    messages::{Broadcast, Chat, sized},
    ours::Room,
};
use divan::{AllocProfiler, Bencher, black_box, counter::BytesCount};
use realtime_runtime::{HandledBy, bench};
use std::{
    pin::pin,
    task::{Context, Waker},
};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const SIZES: [usize; 2] = [100, 4096];

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES)]
fn message(bencher: Bencher<'_, '_>, size: usize) {
    let message: Chat = sized("chat", size);
    let mut out = Vec::new();
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        out.clear();
        let _ = black_box(bench::encode(&mut out, black_box(&message)));
        black_box(&out);
    });
}

#[divan::bench(args = SIZES)]
fn shared(bencher: Bencher<'_, '_>, size: usize) {
    let event: Broadcast = sized("broadcast", size);
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        let handled = pin!(HandledBy::<Room>::fan_out(black_box(&event)));
        black_box(handled.poll(&mut Context::from_waker(Waker::noop()))).is_ready()
    });
}
