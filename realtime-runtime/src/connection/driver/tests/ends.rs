//! How a connection ends: closes, deadlines, clients that do not read.

use super::{bench::*, *};

#[test]
fn a_ping_that_falls_due_in_a_handlers_last_seconds_changes_nothing() {
    let mut bench = bench();
    assert!(bench.work().is_pending());
    bench.receives(text());
    bench.message();
    bench.advance(23);
    bench.pipe.peer().eof = true;
    assert!(bench.background().is_pending());
    bench.advance(4);
    assert!(
        bench.background().is_pending(),
        "the handler keeps its grace"
    );
    bench.advance(1);
    assert!(bench.background().is_ready());
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
}

#[test]
fn after_a_write_that_failed_a_handler_has_its_grace_and_no_more() {
    let mut bench = bench();
    bench.receives(text());
    bench.message();
    bench.pipe.peer().broken = true;
    bench.pushes(b"push");
    assert!(bench.background().is_pending());
    assert!(!bench.pushes(b"more"), "nothing is kept for who is gone");
    bench.advance(5);
    assert!(bench.background().is_ready());
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
}

#[test]
fn who_closes_and_does_not_read_the_rest_is_given_up() {
    let mut bench = bench();
    bench.pipe.peer().takes = 0;
    bench.receives(text());
    bench.receives(close());
    bench.message();
    assert!(bench.background().is_pending());
    bench
        .driver
        .send(&vec![b'r'; HIGH_WATER], 1, &Cause::NONE, Rank::After);
    assert!(bench.work().is_pending());
    bench.advance(5);
    assert!(bench.work().is_pending());
    bench.advance(2);
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
}

#[test]
fn a_handler_that_outlives_the_peers_close_is_given_up_and_the_close_is_answered() {
    let mut bench = bench();
    bench.receives(text());
    bench.receives(text());
    bench.receives(close());
    bench.message();
    assert!(bench.background().is_pending());
    bench.advance(5);
    assert!(bench.background().is_ready());
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
    assert_eq!(bench.pipe.peer().output, [0x88, 2, 0x03, 0xE8]);
}

#[test]
fn the_peers_close_is_awaited_while_ours_cannot_be_written() {
    let mut bench = bench();
    bench.pipe.peer().takes = 0;
    bench.driver.close(CloseCode::FORBIDDEN, "");
    assert!(bench.work().is_pending());
    bench.receives(close());
    assert!(bench.work().is_pending());
    bench.pipe.peer().takes = 100;
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
    assert_eq!(bench.pipe.peer().output, [0x88, 2, 0x11, 0x33]);
}

#[test]
fn after_its_own_close_it_reads_until_the_peers_whole_close_frame() {
    let mut bench = bench();
    bench.driver.close(CloseCode::FORBIDDEN, "");
    bench.receives(frame(1, &[b'x'; 60_000]));
    let mut answer = frame(8, b"\x03\xE8bye");
    let last = answer.pop().unwrap();
    bench.receives(answer);
    assert!(bench.work().is_pending());
    bench.receives(vec![last]);
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
}

#[test]
fn who_broke_the_protocol_and_then_closes_is_not_waited_for() {
    for broken in [b"\x81\x02{}".to_vec(), frame(3, b"{}")] {
        let mut bench = bench();
        bench.receives(broken);
        assert!(bench.work().is_pending());
        assert_eq!(bench.driver.ended_with(), Some(CloseCode::PROTOCOL_ERROR));
        bench.receives(close());
        assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
    }
    // A close that breaks it is the peer's close.
    let mut bench = bench();
    bench.receives(frame(8, &999_u16.to_be_bytes()));
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
    assert!(bench.pipe.peer().output.starts_with(b"\x88\x23\x03\xEA"));
}

#[test]
fn a_text_that_turns_out_not_to_be_utf_8_ends_the_connection_before_its_end() {
    let mut bench = bench();
    let mut begun = frame(1, b"{\xFF and more}");
    begun.truncate(8);
    bench.receives(begun);
    assert!(bench.work().is_pending());
    assert_eq!(bench.driver.ended_with(), Some(CloseCode::INVALID_UTF8));
}

#[test]
fn the_peers_close_is_awaited_for_one_second() {
    let mut bench = bench();
    bench.driver.close(CloseCode::FORBIDDEN, "");
    assert!(bench.work().is_pending());
    bench.pipe.peer().endless = frame(2, b"still talking");
    bench.advance(1);
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
}

#[test]
fn who_reads_slowly_is_not_taken_for_dead() {
    let mut bench = bench();
    bench.pipe.peer().takes = 0;
    bench
        .driver
        .append(&vec![b'p'; 2 * HIGH_WATER], 1, &Cause::NONE);
    assert!(bench.work().is_pending());
    for _ in 0..20 {
        bench.advance(9);
        bench.pipe.peer().takes = 1000;
        assert!(bench.work().is_pending());
    }
    assert_eq!(bench.driver.ended_with(), None);
}

#[test]
fn who_reads_nothing_at_all_is_taken_for_dead() {
    let mut bench = bench_with(Limits {
        write_timeout: None,
        ..Limits::default()
    });
    bench.pipe.peer().takes = 0;
    bench
        .driver
        .append(&vec![b'p'; 2 * HIGH_WATER], 1, &Cause::NONE);
    assert!(bench.work().is_pending());
    bench.advance(25);
    assert!(bench.work().is_pending());
    bench.advance(10);
    assert!(bench.work().is_pending());
    assert_eq!(bench.driver.ended_with(), Some(CloseCode::NO_PONG));
    bench.advance(2);
    assert!(matches!(bench.work(), Poll::Ready(Work::Over)));
}

#[test]
fn who_takes_nothing_of_what_waits_is_a_slow_consumer() {
    let mut bench = bench_with(Limits {
        ping_interval: None,
        ..Limits::default()
    });
    bench.pipe.peer().takes = 0;
    bench.driver.append(b"text", 1, &Cause::NONE);
    assert!(bench.work().is_pending());
    bench.advance(29);
    assert!(bench.work().is_pending());
    bench.pipe.peer().takes = 1;
    assert!(bench.work().is_pending());
    bench.advance(29);
    assert!(bench.work().is_pending());
    assert_eq!(bench.driver.ended_with(), None);
    bench.advance(1);
    assert!(bench.work().is_pending());
    assert_eq!(bench.driver.ended_with(), Some(CloseCode::SLOW_CONSUMER));
}

#[test]
fn a_socket_that_takes_a_little_is_read_from_again() {
    let mut bench = bench();
    bench.pipe.peer().takes = 0;
    bench
        .driver
        .append(&vec![b'p'; HIGH_WATER], 1, &Cause::NONE);
    bench.receives(text());
    assert!(bench.work().is_pending());
    bench.pipe.peer().takes = 1000;
    bench.message();
}

#[test]
fn a_gentle_close_follows_the_handlers_reply_and_a_hard_one_overtakes_it() {
    let mut bench = bench();
    bench.receives(text());
    bench.message();
    bench.pushes(b"push ");
    bench.link.close_gently(CloseCode::NORMAL, "");
    assert!(bench.background().is_pending());
    bench.driver.send(b"reply", 1, &Cause::NONE, Rank::After);
    assert!(bench.work().is_pending());
    assert_eq!(bench.pipe.peer().output, b"push reply\x88\x02\x03\xE8");

    let mut bench = self::bench();
    bench.receives(text());
    bench.message();
    bench.pushes(b"push");
    bench.link.close(CloseCode::NORMAL, "");
    assert!(bench.background().is_pending());
    bench.driver.send(b"reply", 1, &Cause::NONE, Rank::After);
    assert_eq!(bench.pipe.peer().output, b"\x88\x02\x03\xE8");
}

#[test]
fn reading_ahead_of_a_busy_handler_is_bounded_and_asks_for_no_pong() {
    let mut bench = bench();
    bench.receives(text());
    bench.message();
    bench.pipe.peer().endless = frame(1, &[b' '; 1000]);
    let mut reads = 0;
    while reads < bench.pipe.peer().reads {
        reads = bench.pipe.peer().reads;
        assert!(bench.background().is_pending());
    }
    assert_eq!(bench.driver.rare().ahead.len(), AHEAD);
    for _ in 0..10 {
        bench.advance(25);
        assert!(bench.background().is_pending());
    }
    assert_eq!(bench.driver.ended_with(), None);
}

#[test]
fn a_frame_that_comes_after_the_credentials_have_ended_reaches_nobody() {
    let mut bench = bench();
    bench.driver.expire_at(Some(bench.clock.now()));
    bench.receives(text());
    assert!(bench.work().is_pending());
    assert_eq!(bench.driver.ended_with(), Some(CloseCode::UNAUTHENTICATED));
}

#[test]
fn a_recheck_that_takes_longer_than_its_interval_lets_frames_through() {
    let mut bench = bench_with(Limits {
        recheck: Some(Duration::from_secs(1)),
        ..Limits::default()
    });
    assert!(bench.work().is_pending());
    bench.advance(1);
    assert!(matches!(bench.work(), Poll::Ready(Work::Recheck(_))));
    // The answer takes its time.
    assert!(bench.background().is_pending());
    bench.advance(2);
    assert!(bench.background().is_pending());
    bench.driver.rechecked();
    bench.receives(text());
    assert!(matches!(bench.work(), Poll::Ready(Work::Message(_))));
    bench.driver.drop_message();
    assert!(bench.work().is_pending());
    bench.advance(1);
    assert!(matches!(bench.work(), Poll::Ready(Work::Recheck(_))));
}

#[test]
fn who_goes_on_sending_after_the_close_lets_others_have_their_turn() {
    let mut bench = bench();
    bench.driver.close(CloseCode::FORBIDDEN, "banned");
    bench.pipe.peer().endless = text();
    assert!(bench.background().is_pending());
    assert!(bench.wakes() > 0);
    let reads = bench.pipe.peer().reads;
    assert!(reads <= 2 * usize::from(TURNS), "{reads}");
    assert!(bench.background().is_pending());
    assert!(bench.pipe.peer().reads > reads);
}
