//! One driver on a socket that does what the test says, polled by hand.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Wake, Waker},
};

use tokio::io::ReadBuf;

use super::{outbound::HIGH_WATER, *};
use crate::connection::{Pushed, Rank};

/// The peer's end of the socket.
#[derive(Debug, Default)]
struct Peer {
    input: VecDeque<u8>,
    /// After `input` comes this, again and again.
    endless: Vec<u8>,
    eof: bool,
    output: Vec<u8>,
    /// So many bytes are taken before writing blocks.
    takes: usize,
    broken: bool,
    flush_later: bool,
    flushed: usize,
    reads: usize,
    writes: usize,
}

#[derive(Clone, Debug, Default)]
struct Pipe(Arc<Mutex<Peer>>);

impl Pipe {
    fn peer(&self) -> MutexGuard<'_, Peer> {
        self.0.lock().unwrap()
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut peer = self.peer();
        peer.reads += 1;
        assert!(peer.reads < 100_000, "reads without end");
        if peer.input.is_empty() {
            if !peer.endless.is_empty() {
                let endless = peer.endless.clone();
                peer.input.extend(endless);
            } else if peer.eof {
                return Poll::Ready(Ok(()));
            } else {
                return Poll::Pending;
            }
        }
        let len = peer.input.len().min(buffer.remaining());
        buffer.put_slice(&peer.input.drain(..len).collect::<Vec<_>>());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut peer = self.peer();
        peer.writes += 1;
        assert!(peer.writes < 10_000, "writes without end");
        if peer.broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let len = bytes.len().min(peer.takes);
        if len == 0 {
            return Poll::Pending;
        }
        peer.takes -= len;
        peer.output.extend_from_slice(&bytes[..len]);
        Poll::Ready(Ok(len))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut peer = self.peer();
        if std::mem::take(&mut peer.flush_later) {
            return Poll::Pending;
        }
        peer.flushed = peer.output.len();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[derive(Debug, Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Bench {
    driver: Driver<Pipe>,
    pipe: Pipe,
    link: Arc<Link>,
    clock: Clock,
    wakes: Arc<Wakes>,
}

fn bench() -> Bench {
    bench_with(Limits::default())
}

fn bench_with(limits: Limits) -> Bench {
    let clock = Clock::new();
    clock.stop();
    let pipe = Pipe::default();
    pipe.peer().takes = usize::MAX;
    let link = Link::for_test(limits);
    Bench {
        driver: Driver::new(pipe.clone(), Arc::clone(&link), clock.clone()),
        pipe,
        link,
        clock,
        wakes: Arc::default(),
    }
}

impl Bench {
    fn work(&mut self) -> Poll<Work> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        self.driver.poll_work(&mut Context::from_waker(&waker))
    }

    fn background(&mut self) -> Poll<()> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        self.driver
            .poll_background(&mut Context::from_waker(&waker))
    }

    fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::SeqCst)
    }

    fn receives(&self, frame: Vec<u8>) {
        self.pipe.peer().input.extend(frame);
    }

    fn advance(&self, seconds: u64) {
        let end = self.clock.now() + Duration::from_secs(seconds);
        while self.clock.step(end, &Cause::NONE) {}
    }

    fn message(&mut self) {
        assert!(matches!(self.work(), Poll::Ready(Work::Message(_))));
        self.driver.drop_message();
    }

    fn pushes(&self, bytes: &[u8]) -> bool {
        let frames = Frames {
            bytes: bytes.to_vec().into(),
            count: 1,
            signals: 0,
            cause: Cause::NONE,
        };
        self.link.push(Item::Frames(frames)) == Pushed::Queued
    }

    fn publishes(&self) -> bool {
        let event = Event {
            value: Arc::new(()),
            text: |_| None,
            cause: Cause::NONE,
        };
        self.link.push(Item::Event(event)) == Pushed::Queued
    }
}

/// A client's frame, with a mask that changes nothing.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len => {
            frame.push(0xFE);
            frame.extend_from_slice(&(len as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

fn text() -> Vec<u8> {
    frame(1, b"{}")
}

fn close() -> Vec<u8> {
    frame(8, &1000_u16.to_be_bytes())
}

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
    assert_eq!(bench.driver.ahead.len(), AHEAD);
    for _ in 0..10 {
        bench.advance(25);
        assert!(bench.background().is_pending());
    }
    assert_eq!(bench.driver.ended_with(), None);
}
