//! What one wake-up does; the tests of the end stand apart.

mod bench;
mod ends;

use std::task::Waker;

use super::{outbound::HIGH_WATER, *};
use crate::connection::Rank;
use bench::*;

#[test]
fn who_is_idle_is_neither_woken_nor_asked() {
    let mut bench = bench();
    assert!(bench.work().is_pending());
    assert_eq!(bench.pipe.peer().reads, 1);
    assert_eq!(bench.pipe.peer().writes, 0);
    assert!(bench.work().is_pending());
    assert_eq!(bench.pipe.peer().reads, 2);
    assert_eq!(bench.wakes(), 0);
    // The heartbeat wakes it once.
    bench.advance(25);
    assert_eq!(bench.wakes(), 1);
    assert!(bench.work().is_pending());
    assert_eq!(bench.pipe.peer().output, [0x89, 0]);
    assert_eq!(bench.wakes(), 1);
}

#[test]
fn a_push_wakes_a_task_that_sleeps_and_leaves_in_one_write() {
    let mut bench = bench();
    assert!(bench.work().is_pending());
    for byte in *b"abc" {
        bench.pushes(&[byte]);
    }
    assert_eq!(bench.wakes(), 1);
    assert!(bench.work().is_pending());
    assert_eq!(bench.pipe.peer().output, b"abc");
    assert_eq!(bench.pipe.peer().writes, 1);
}

#[test]
fn two_hundred_frames_in_one_read_are_answered_in_few_writes() {
    let mut bench = bench();
    for _ in 0..200 {
        bench.receives(text());
    }
    let mut answered = 0;
    loop {
        match bench.work() {
            Poll::Ready(Work::Message(_)) => {
                bench.driver.drop_message();
                bench.driver.send(b"x", 1, &Cause::NONE, Rank::After);
                answered += 1;
            }
            Poll::Ready(other) => panic!("{other:?}"),
            Poll::Pending if answered < 200 => assert!(bench.wakes() > 0),
            Poll::Pending => break,
        }
    }
    assert_eq!(bench.pipe.peer().output.len(), 200);
    assert!(bench.pipe.peer().writes <= 4);
}

#[test]
fn a_reply_comes_after_what_its_handler_pushed_even_where_there_is_no_room() {
    let mut bench = bench();
    bench.receives(text());
    bench.message();
    let large = vec![b'p'; HIGH_WATER];
    assert!(bench.pushes(&large) && bench.pushes(&large));
    bench.driver.send(b"reply", 1, &Cause::NONE, Rank::After);
    assert!(bench.work().is_pending());
    let peer = bench.pipe.peer();
    assert_eq!(peer.output.len(), 2 * HIGH_WATER + 5);
    assert!(peer.output.ends_with(b"preply"));
}

#[test]
fn a_reply_has_room_of_its_own() {
    let mut bench = bench_with(Limits {
        outbox_messages: 3,
        ..Limits::default()
    });
    bench.receives(text());
    bench.message();
    bench.pipe.peer().takes = 0;
    bench
        .driver
        .append(&vec![b'p'; HIGH_WATER], 1, &Cause::NONE);
    assert!(bench.pushes(b"1") && bench.pushes(b"2"));
    bench.driver.send(b"3", 1, &Cause::NONE, Rank::After);
    assert!(bench.pushes(b"4"), "the reply takes nobody's place");
    assert!(!bench.pushes(b"5"));
}

#[test]
fn events_wait_while_the_peer_reads_nothing() {
    let mut bench = bench();
    bench.pipe.peer().takes = 0;
    for _ in 0..1000 {
        assert!(bench.publishes());
    }
    assert!(bench.background().is_pending());
    while let Poll::Ready(work) = bench.work() {
        assert!(matches!(work, Work::Event(_)));
        bench.driver.append(&[b'e'; 10_000], 1, &Cause::NONE);
    }
    assert!(bench.driver.out.len() < HIGH_WATER + 10_000);
}

#[test]
fn events_that_wait_for_a_busy_handler_keep_their_place_in_the_outbox() {
    let mut bench = bench_with(Limits {
        outbox_messages: 5,
        ..Limits::default()
    });
    bench.receives(text());
    bench.message();
    for _ in 0..5 {
        assert!(bench.publishes());
        assert!(bench.background().is_pending());
    }
    assert!(!bench.publishes());
}

#[test]
fn a_flood_of_pings_without_reading_stops_being_read() {
    let mut bench = bench();
    bench.pipe.peer().takes = 0;
    bench.pipe.peer().endless = frame(9, &[b'p'; 125]);
    let mut reads = 0;
    while reads < bench.pipe.peer().reads || reads == 0 {
        reads = bench.pipe.peer().reads;
        assert!(bench.work().is_pending());
    }
    assert!(bench.driver.out.len() < HIGH_WATER + 127);
    assert!(bench.driver.buffer.len() < 64 * 1024);
    assert!(bench.background().is_pending());
    assert_eq!(bench.pipe.peer().reads, reads);
}

#[test]
fn who_sends_without_pause_is_answered_and_lets_others_have_their_turn() {
    let mut bench = bench_with(Limits {
        frames_per_second: None,
        ..Limits::default()
    });
    // Each read brings a part of one message.
    bench.pipe.peer().endless = frame(1, &[b' '; 60_000]);
    bench.pushes(b"push");
    for _ in 0..TURNS {
        match bench.work() {
            Poll::Ready(_) => bench.driver.drop_message(),
            Poll::Pending => break,
        }
    }
    assert_eq!(bench.pipe.peer().output, b"push");
    assert_eq!(bench.wakes(), 1, "it goes on when others had their turn");
    bench.pushes(b" again");
    // The same while a handler is busy, with frames that are not messages.
    bench.driver.buffer.clear();
    bench.pipe.peer().input.clear();
    bench.pipe.peer().endless = frame(10, b"");
    assert!(bench.background().is_pending());
    assert_eq!(bench.pipe.peer().output, b"push again");
}

#[test]
fn a_flush_that_was_put_off_is_made_later() {
    let mut bench = bench();
    bench.pipe.peer().flush_later = true;
    bench.pushes(b"push");
    assert!(bench.work().is_pending());
    assert_eq!(bench.pipe.peer().flushed, 0);
    assert!(bench.work().is_pending());
    assert_eq!(bench.pipe.peer().flushed, 4);
}

#[test]
fn what_caused_a_frame_is_not_done_before_the_socket_was_offered_it() {
    let mut bench = bench();
    let (cause, completion) = Cause::begin();
    let mut completion = std::pin::pin!(completion);
    let waker = Waker::noop();
    let mut cx = Context::from_waker(waker);
    bench.driver.append(b"frame", 1, &cause);
    drop(cause);
    assert!(completion.as_mut().poll(&mut cx).is_pending());
    assert!(bench.work().is_pending());
    assert!(completion.as_mut().poll(&mut cx).is_ready());
}
