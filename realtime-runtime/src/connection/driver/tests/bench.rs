//! One driver on a socket that does what the test says, polled by hand.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Wake, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::*;
use crate::connection::{EventKind, Opened, Pushed};

/// The peer's end of the socket.
#[derive(Debug, Default)]
pub(super) struct Peer {
    pub(super) input: VecDeque<u8>,
    /// After `input` comes this, again and again.
    pub(super) endless: Vec<u8>,
    pub(super) eof: bool,
    pub(super) output: Vec<u8>,
    /// So many bytes are taken before writing blocks.
    pub(super) takes: usize,
    pub(super) broken: bool,
    pub(super) flush_later: bool,
    pub(super) flushed: usize,
    pub(super) reads: usize,
    pub(super) writes: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Pipe(Arc<Mutex<Peer>>);

impl Pipe {
    pub(super) fn peer(&self) -> MutexGuard<'_, Peer> {
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
pub(super) struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

pub(super) struct Bench {
    pub(super) driver: Driver<Pipe>,
    pub(super) pipe: Pipe,
    pub(super) link: Arc<Link>,
    pub(super) clock: Clock,
    pub(super) wakes: Arc<Wakes>,
}

pub(super) fn bench() -> Bench {
    bench_with(Limits::default())
}

pub(super) fn bench_with(limits: Limits) -> Bench {
    let clock = Clock::new();
    clock.stop();
    let pipe = Pipe::default();
    pipe.peer().takes = usize::MAX;
    let link = Link::for_test(limits);
    Bench {
        driver: Driver::new(
            Opened::alone(pipe.clone()),
            Arc::clone(&link),
            clock.clone(),
        ),
        pipe,
        link,
        clock,
        wakes: Arc::default(),
    }
}

impl Bench {
    pub(super) fn work(&mut self) -> Poll<Work> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        self.driver.poll_work(&mut Context::from_waker(&waker))
    }

    pub(super) fn background(&mut self) -> Poll<()> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        self.driver
            .poll_background(&mut Context::from_waker(&waker))
    }

    pub(super) fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::SeqCst)
    }

    pub(super) fn receives(&self, frame: Vec<u8>) {
        self.pipe.peer().input.extend(frame);
    }

    pub(super) fn advance(&self, seconds: u64) {
        let end = self.clock.now() + Duration::from_secs(seconds);
        while self.clock.step(end, &Cause::NONE) {}
    }

    pub(super) fn message(&mut self) {
        assert!(matches!(self.work(), Poll::Ready(Work::Message(_))));
        self.driver.drop_message();
    }

    pub(super) fn pushes(&self, bytes: &[u8]) -> bool {
        let frames = Frames {
            bytes: bytes.to_vec().into(),
            count: 1,
            signals: 0,
            cause: Cause::NONE,
        };
        self.link.push(Item::Frames(frames)) == Pushed::Queued
    }

    pub(super) fn publishes(&self) -> bool {
        let event = Event {
            value: Arc::new(()),
            kind: &EventKind {
                text: |_| None,
                tags: &[],
            },
            cause: Cause::NONE,
        };
        self.link.push(Item::Event(event)) == Pushed::Queued
    }
}

/// A client's frame, with a mask that changes nothing.
pub(super) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
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

pub(super) fn text() -> Vec<u8> {
    frame(1, b"{}")
}

pub(super) fn close() -> Vec<u8> {
    frame(8, &1000_u16.to_be_bytes())
}
