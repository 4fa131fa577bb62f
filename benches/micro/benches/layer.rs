//! Events to groups, and who comes and goes.
//!
//! `send` is one event of 100 bytes to all members: its handler, which has no `self`, its encoding, and an item in each
//! member's outbox. Outboxes are emptied between the measured parts; no task is woken, as none waits. `send_and_take`
//! empties them within the measured part, as the members' tasks would. The throughput is in deliveries.
//!
//! `join_and_leave` is one connection that joins a group of so many and leaves it again.

use bench_micro::{
    members::{Members, ROOM},
    messages::{Broadcast, sized},
};
use divan::{AllocProfiler, Bencher, black_box, counter::ItemsCount};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// How many events wait in an outbox at most: few, as with members that read well.
const WAITING: u32 = 16;

#[divan::bench(args = [10, 1_000, 10_000], sample_count = 500, sample_size = WAITING)]
fn send(bencher: Bencher<'_, '_>, count: usize) {
    const { assert!((WAITING as usize) < ROOM) };
    let members = Members::new(count);
    let event: Broadcast = sized("broadcast", 100);
    let input = || {
        // All inputs of a sample are made before the first is used.
        members.drain();
        event.clone()
    };
    bencher
        .with_inputs(input)
        .counter(ItemsCount::new(count))
        .bench_local_values(|event| black_box(members.send(event)));
}

#[divan::bench(args = [10, 1_000, 10_000])]
fn send_and_take(bencher: Bencher<'_, '_>, count: usize) {
    let members = Members::new(count);
    let event: Broadcast = sized("broadcast", 100);
    bencher
        .with_inputs(|| event.clone())
        .counter(ItemsCount::new(count))
        .bench_local_values(|event| {
            let _ = black_box(members.send(event));
            members.drain()
        });
}

#[divan::bench(args = [1, 1_000])]
fn join_and_leave(bencher: Bencher<'_, '_>, count: usize) {
    let members = Members::new(count);
    let newcomer = members.newcomer();
    bencher.bench_local(|| {
        let _ = black_box(newcomer.join(members.group()));
        newcomer.leave(members.group());
    });
}
