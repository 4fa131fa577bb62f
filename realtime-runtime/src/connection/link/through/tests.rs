//! A link with a real socket, whose task is played by the test.

use std::{
    io::Read as _,
    net::{TcpListener, TcpStream},
    sync::atomic::AtomicUsize,
    task::{Wake, Waker},
    time::Duration,
};

use tokio::net::tcp::OwnedReadHalf;

use super::*;
use crate::{
    cause::Cause,
    connection::{Event, EventKind, Frames, Item, Limits, link::Taken},
};

#[derive(Debug, Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Bench {
    link: Arc<Link>,
    peer: TcpStream,
    wakes: Arc<Wakes>,
    buffer: Vec<u8>,
    /// The task's.
    _read: OwnedReadHalf,
}

/// A connection whose task has said whom to wake, and is awake.
async fn bench() -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let stream = tokio::net::TcpStream::from_std(stream).unwrap();
    let link = Link::for_test(Limits {
        outbox_bytes: usize::MAX,
        ..Limits::default()
    });
    stream.writable().await.unwrap();
    let (read, write) = stream.into_split();
    link.share(SharedSocket::new(write));
    let wakes = Arc::<Wakes>::default();
    link.watch(&Waker::from(Arc::clone(&wakes)));
    Bench {
        link,
        peer,
        wakes,
        buffer: Vec::new(),
        _read: read,
    }
}

impl Bench {
    fn pushes(&self, bytes: impl AsRef<[u8]>) -> bool {
        self.link.push_shared(Item::Frames(Frames {
            bytes: Bytes::copy_from_slice(bytes.as_ref()),
            count: 1,
            signals: 0,
            cause: Cause::NONE,
        }))
    }

    fn pushes_event(&self) -> bool {
        self.link.push_shared(Item::Event(Event {
            value: Arc::new(()),
            kind: &EventKind {
                text: |_| None,
                tags: &[],
            },
            cause: Cause::NONE,
        }))
    }

    fn writes(&mut self) {
        self.link.write_through(&mut self.buffer);
        assert!(self.buffer.is_empty());
    }

    fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::SeqCst)
    }

    fn peer_reads(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.peer.read_exact(&mut bytes).unwrap();
        bytes
    }
}

#[tokio::test]
async fn while_the_task_sleeps_what_is_pushed_is_written_without_waking_it() {
    let mut bench = bench().await;
    assert!(bench.link.sleeps().is_none());
    assert!(bench.pushes("one"));
    assert!(!bench.pushes("two"), "it is listed already");
    bench.writes();
    assert_eq!(bench.peer_reads(6), b"onetwo");
    assert_eq!((bench.wakes(), bench.link.is_ready()), (0, false));
    assert!(bench.pushes("three"), "it is listed anew");
    bench.writes();
    assert_eq!(bench.peer_reads(5), b"three");
}

#[tokio::test]
async fn a_task_that_is_awake_is_woken_and_writes_itself() {
    let mut bench = bench().await;
    assert!(!bench.pushes("one"));
    assert_eq!(bench.wakes(), 1);
    bench.writes();
    assert!(matches!(
        bench.link.take(false),
        Taken::Item(Item::Frames(_))
    ));
}

#[tokio::test]
async fn a_task_that_falls_asleep_over_what_was_pushed_stays_awake() {
    let bench = bench().await;
    bench.pushes("one");
    assert_eq!(bench.link.sleeps(), Some(Vec::new()));
}

#[tokio::test]
async fn a_task_that_wakes_up_first_writes_itself() {
    let mut bench = bench().await;
    bench.link.sleeps();
    assert!(bench.pushes("one"));
    assert_eq!(bench.link.woken(), Some(Vec::new()));
    bench.writes();
    assert!(bench.link.is_ready());
    assert!(matches!(
        bench.link.take(false),
        Taken::Item(Item::Frames(_))
    ));
}

#[tokio::test]
async fn from_the_first_event_on_it_is_the_tasks() {
    let mut bench = bench().await;
    bench.link.sleeps();
    assert!(bench.pushes("one"));
    assert!(!bench.pushes_event());
    assert_eq!(bench.wakes(), 1);
    bench.pushes("two");
    bench.writes();
    assert_eq!(bench.peer_reads(3), b"one");
    assert!(matches!(
        bench.link.take(false),
        Taken::Item(Item::Event(_))
    ));
    assert!(matches!(
        bench.link.take(false),
        Taken::Item(Item::Frames(_))
    ));
}

#[tokio::test]
async fn what_the_socket_does_not_take_is_left_to_the_task() {
    let mut bench = bench().await;
    bench.link.sleeps();
    let large: Vec<u8> = (0..32 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    assert!(bench.pushes(&large));
    bench.writes();
    assert_eq!(bench.wakes(), 1);
    assert!(!bench.pushes("next"), "nobody else's turn any more");
    bench.writes();
    let rest = bench.link.woken().unwrap();
    assert!(!rest.is_empty());
    let written = bench.peer_reads(large.len() - rest.len());
    assert!([written, rest].concat() == large);
    assert!(matches!(
        bench.link.take(false),
        Taken::Item(Item::Frames(_))
    ));
}

#[tokio::test]
async fn after_its_end_nothing_is_written_and_the_task_may_still_write() {
    let mut bench = bench().await;
    bench.link.sleeps();
    assert!(bench.pushes("one"));
    bench.link.end();
    bench.writes();
    assert!(!bench.pushes("two"));
    // Not shut down by the others' side, which is gone.
    bench.peer.set_nonblocking(true).unwrap();
    let error = bench.peer.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}
