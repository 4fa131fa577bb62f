//! What moves between the socket, the outbox and the consumer.
//!
//! Everything that is ready is handled before anything is written: what one wake-up brings is answered with one write.

use std::{
    collections::VecDeque,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tungstenite::protocol::frame::coding::Control;

use super::{
    Clock, Event, Frames, Item, Limits, Link,
    clock::Sleep,
    heartbeat::{Beat, Heartbeat},
    limits::Rate,
    link::{Closing, Taken},
};
use crate::{
    cause::Cause,
    hook::Probe,
    wire::{
        CloseCode,
        frame::{self, Decoder, Fault, Kind, Received},
    },
};

/// The byte stream under a connection.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Socket for S {}

/// So many bytes wait for the socket at most before more is encoded.
const HIGH_WATER: usize = 64 * 1024;
/// So many frames are read ahead of a busy handler at most.
const AHEAD: usize = 32;
/// How long a handler in hand may go on once the connection is closing.
const HANDLER_GRACE: Duration = Duration::from_secs(5);
/// How long the peer's close frame is waited for (after ours is written), reading and throwing away what comes.
const LINGER: Duration = Duration::from_secs(1);
/// How long the close frame may take to be written.
const CLOSE_WRITE: Duration = Duration::from_secs(2);

/// What is to be done next.
#[derive(Debug)]
pub(crate) enum Work {
    /// A message is in hand, see [`Driver::message`].
    Message(Cause),
    /// An event for the consumer.
    Event(Event),
    /// The connection is over.
    Over,
}

#[derive(Debug)]
enum Stage {
    Open,
    /// A close frame is among what is to be written; the deadline is for the whole rest.
    Closing {
        answered: bool,
        garbled: bool,
        written: bool,
        deadline: Duration,
    },
    Dead,
}

/// The message in hand.
#[derive(Debug)]
enum Hand {
    Empty,
    /// It is at the beginning of the buffer.
    InBuffer(Kind, usize),
    Apart(Kind, Vec<u8>),
}

/// A socket with all that belongs to it but the consumer.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    io: S,
    link: Arc<Link>,
    clock: Clock,
    timer: Sleep,
    heartbeat: Heartbeat,
    rate: Option<Rate>,
    buffer: BytesMut,
    decoder: Decoder,
    hand: Hand,
    ahead: VecDeque<(Kind, Vec<u8>)>,
    ahead_bytes: usize,
    out: Vec<u8>,
    written: usize,
    events: VecDeque<Event>,
    stage: Stage,
    /// Set when the peer's close was read: no frame comes after it, those before it are still answered.
    peer_close: Option<Option<CloseCode>>,
    /// When a handler in hand is given up.
    give_up: Option<Duration>,
    /// Why the connection ends, for its log line.
    ended_with: Option<CloseCode>,
    /// What a frame that ends the connection was caused by.
    last_cause: Cause,
}

impl<S: Socket> Driver<S> {
    pub(crate) fn new(io: S, link: Arc<Link>, clock: Clock) -> Self {
        let limits: &Limits = link.limits();
        let now = clock.now();
        Self {
            timer: clock.sleep_until(now),
            heartbeat: Heartbeat::new(limits, now),
            rate: Rate::new(limits),
            buffer: BytesMut::new(),
            decoder: Decoder::new(limits.message_bytes),
            hand: Hand::Empty,
            ahead: VecDeque::new(),
            ahead_bytes: 0,
            out: Vec::new(),
            written: 0,
            events: VecDeque::new(),
            stage: Stage::Open,
            peer_close: None,
            give_up: None,
            ended_with: None,
            last_cause: Cause::NONE,
            io,
            link,
            clock,
        }
    }

    /// The message in hand.
    pub(crate) fn message(&self) -> (Kind, &[u8]) {
        match &self.hand {
            Hand::Empty => (Kind::Text, &[]),
            Hand::InBuffer(kind, len) => (*kind, &self.buffer[..*len]),
            Hand::Apart(kind, payload) => (*kind, payload),
        }
    }

    /// Lets go of the message in hand.
    pub(crate) fn drop_message(&mut self) {
        if let Hand::InBuffer(_, len) = std::mem::replace(&mut self.hand, Hand::Empty) {
            self.buffer.advance(len);
        }
    }

    /// Whether one more frame may be handled now.
    pub(crate) fn admit(&mut self) -> bool {
        match &mut self.rate {
            None => true,
            Some(rate) => rate.admit(self.clock.now()),
        }
    }

    /// Sends whole frames after everything that was queued before them.
    pub(crate) fn send(&mut self, bytes: &[u8], count: usize, cause: &Cause) {
        if self.link.is_ready() {
            self.take_all();
        }
        self.append(bytes, count, cause);
    }

    /// Closes with a code of our own.
    pub(crate) fn close(&mut self, code: CloseCode, reason: &str) {
        if matches!(self.stage, Stage::Open) {
            frame::close(&mut self.out, Some(code), reason);
            self.closing(Some(code), self.peer_close.is_some(), false);
        }
    }

    pub(crate) fn ended_with(&self) -> Option<CloseCode> {
        self.ended_with
    }

    /// The next thing to do for the consumer; meanwhile everything else goes on.
    pub(crate) fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<Work> {
        self.heartbeat.suspend(false, || self.clock.now());
        loop {
            if !matches!(self.stage, Stage::Open) {
                return self.poll_closing(cx).map(|()| Work::Over);
            }
            if let Some(event) = self.events.pop_front() {
                self.link.release((1, 0));
                return Poll::Ready(Work::Event(event));
            }
            if self.room() && self.link.is_ready() {
                match self.link.take() {
                    Taken::Item(Item::Frames(frames)) => {
                        self.append_frames(&frames);
                        continue;
                    }
                    Taken::Item(Item::Event(event)) => {
                        self.events.push_back(event);
                        continue;
                    }
                    Taken::Close(closing) => {
                        self.close(closing.code, &closing.reason);
                        continue;
                    }
                    Taken::Empty => {}
                }
            }
            if self.room() {
                if let Some(cause) = self.next_message() {
                    return Poll::Ready(Work::Message(cause));
                }
                if let (Stage::Open, Some(code)) = (&self.stage, self.peer_close) {
                    frame::close(&mut self.out, code, "");
                    self.closing(code, true, false);
                }
                if !matches!(self.stage, Stage::Open) {
                    continue;
                }
                if self.poll_read(cx).is_ready() {
                    continue;
                }
            }
            let had_room = self.room();
            if self.poll_write(cx).is_ready() && !(had_room && matches!(self.stage, Stage::Open)) {
                continue;
            }
            if self.settle(cx, false) {
                return Poll::Pending;
            }
        }
    }

    /// Keeps the connection alive while a handler runs. Ready: the handler is to be given up.
    pub(crate) fn poll_background(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Stage::Open = self.stage {
                self.take_all();
            }
            if !matches!(self.stage, Stage::Open) {
                // The socket may be through before the handler is; the handler keeps its grace.
                let _ = self.poll_closing(cx);
            } else {
                let full = self.ahead.len() >= AHEAD
                    || self.ahead_bytes > self.link.limits().message_bytes;
                let reading = !full && self.peer_close.is_none();
                self.heartbeat.suspend(!reading, || self.clock.now());
                if reading {
                    self.read_ahead();
                    if matches!(self.stage, Stage::Open)
                        && self.room()
                        && self.poll_read(cx).is_ready()
                    {
                        continue;
                    }
                }
                let had_room = self.room();
                if self.poll_write(cx).is_ready()
                    && !(had_room && matches!(self.stage, Stage::Open))
                {
                    continue;
                }
            }
            if self.give_up.is_some_and(|at| at <= self.clock.now()) {
                return Poll::Ready(());
            }
            if self.settle(cx, true) {
                return Poll::Pending;
            }
        }
    }

    /// Looks once more at deadlines and at the outbox before the task sleeps. `true`: it may.
    fn settle(&mut self, cx: &mut Context<'_>, busy: bool) -> bool {
        let closing = match &self.stage {
            Stage::Closing { deadline, .. } => Some(*deadline),
            _ => None,
        };
        let next = [self.heartbeat.next(), closing, self.give_up]
            .into_iter()
            .flatten()
            .min();
        if let Some(next) = next {
            self.timer.reset(next);
            if let Poll::Ready(cause) = Pin::new(&mut self.timer).poll(cx) {
                self.on_time(cause);
                return false;
            }
        }
        if !matches!(self.stage, Stage::Open) {
            return true;
        }
        // Registers for what others push. What does not fit now stays in the outbox, where it counts.
        match self.link.watch(cx.waker()) {
            Some(closing) if !closing.gently => {
                self.close(closing.code, &closing.reason);
                false
            }
            // A gentle close waits for the handler in hand, and for what it replied to be written.
            Some(_) => busy || !self.room(),
            None => !(self.link.is_ready() && self.room()),
        }
    }

    fn on_time(&mut self, cause: Cause) {
        let now = self.clock.now();
        if !matches!(self.stage, Stage::Open) {
            return;
        }
        match self.heartbeat.beat(now) {
            Beat::Nothing => {}
            Beat::Ping => {
                if self.link.probe.as_ref().is_some_and(Probe::expects_pong) {
                    self.heartbeat.hold(cause);
                }
                frame::control(&mut self.out, Control::Ping, b"");
            }
            Beat::Dead => {
                self.close(CloseCode::NO_PONG, "no pong came in time");
                if let Some(probe) = &self.link.probe {
                    probe.wrote(1, &cause);
                }
            }
        }
    }

    /// Whether more may be encoded before something is written.
    fn room(&self) -> bool {
        self.out.len() - self.written < HIGH_WATER
    }

    /// Empties the outbox as far as there is room; events wait for the consumer.
    fn take_all(&mut self) {
        while self.room() {
            match self.link.take() {
                Taken::Item(Item::Frames(frames)) => self.append_frames(&frames),
                Taken::Item(Item::Event(event)) => self.events.push_back(event),
                Taken::Close(Closing {
                    code,
                    reason,
                    gently: false,
                }) => self.close(code, &reason),
                Taken::Close(_) | Taken::Empty => return,
            }
            if !matches!(self.stage, Stage::Open) {
                return;
            }
        }
    }

    fn append_frames(&mut self, frames: &Frames) {
        self.append(&frames.bytes, frames.count, &frames.cause);
        self.link.release((frames.count, frames.bytes.len()));
    }

    /// Sends whole frames before everything that is still queued.
    pub(crate) fn append(&mut self, bytes: &[u8], count: usize, cause: &Cause) {
        if count == 0 || !matches!(self.stage, Stage::Open) {
            return;
        }
        self.out.extend_from_slice(bytes);
        if let Some(probe) = &self.link.probe {
            probe.wrote(count, cause);
        }
    }

    /// Takes the next message in hand.
    fn next_message(&mut self) -> Option<Cause> {
        if let Some((kind, payload)) = self.ahead.pop_front() {
            self.ahead_bytes -= payload.len();
            self.hand = Hand::Apart(kind, payload);
            return Some(self.take_cause());
        }
        self.hand = match self.next_received()? {
            (kind, None, len) => Hand::InBuffer(kind, len),
            (kind, Some(payload), _) => Hand::Apart(kind, payload),
        };
        Some(self.take_cause())
    }

    /// The next data message; control frames are dealt with on the way.
    fn next_received(&mut self) -> Option<(Kind, Option<Vec<u8>>, usize)> {
        while self.peer_close.is_none()
            && matches!(self.stage, Stage::Open)
            && !self.buffer.is_empty()
        {
            match self.decoder.next(&mut self.buffer) {
                Ok(None) => return None,
                Ok(Some(Received::Whole { kind, len })) => return Some((kind, None, len)),
                Ok(Some(Received::Assembled { kind, payload })) => {
                    return Some((kind, Some(payload), 0));
                }
                Ok(Some(Received::Ping(payload))) => {
                    frame::control(&mut self.out, Control::Pong, &payload);
                }
                Ok(Some(Received::Pong)) => self.heartbeat.pong(),
                Ok(Some(Received::Close(code))) => {
                    self.peer_close = Some(code);
                    self.give_up = Some(self.clock.now() + HANDLER_GRACE);
                }
                Err(fault) => self.fault(fault),
            }
            // A flood of pings must not make the buffer grow: what is over the mark is written first.
            if !self.room() {
                return None;
            }
        }
        None
    }

    fn read_ahead(&mut self) {
        while self.ahead.len() < AHEAD {
            let Some((kind, payload, len)) = self.next_received() else {
                return;
            };
            let payload = payload.unwrap_or_else(|| {
                let payload = self.buffer[..len].to_vec();
                self.buffer.advance(len);
                payload
            });
            self.ahead_bytes += payload.len();
            self.ahead.push_back((kind, payload));
        }
    }

    fn fault(&mut self, fault: Fault) {
        self.last_cause = self.take_cause();
        match fault {
            Fault::TooBig => self.close(CloseCode::TOO_BIG, "the message is too big"),
            Fault::Protocol(reason) => {
                self.close(CloseCode::PROTOCOL_ERROR, reason);
                if let Stage::Closing { garbled, .. } = &mut self.stage {
                    *garbled = true;
                }
            }
        }
    }

    fn take_cause(&self) -> Cause {
        self.link
            .probe
            .as_ref()
            .map_or(Cause::NONE, Probe::take_inbound)
    }

    /// Reads what is there. Ready: there is something new to look at.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.buffer.capacity() - self.buffer.len() < 512 {
            self.buffer.reserve(self.link.limits().read_buffer);
        }
        match pin!(self.io.read_buf(&mut self.buffer)).poll(cx) {
            Poll::Ready(Ok(0) | Err(_)) => {
                self.stage = Stage::Dead;
                self.give_up = Some(self.clock.now() + HANDLER_GRACE);
                Poll::Ready(())
            }
            Poll::Ready(Ok(_)) => {
                if self.heartbeat.waits() {
                    self.heartbeat.heard(self.clock.now());
                }
                Poll::Ready(())
            }
            Poll::Pending => {
                // A big message came through: an idle connection does not keep its room.
                if self.buffer.is_empty()
                    && self.buffer.capacity() > 4 * self.link.limits().read_buffer
                {
                    self.buffer = BytesMut::new();
                }
                Poll::Pending
            }
        }
    }

    /// Writes what waits. Ready: all is written, or nothing more can be.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.written < self.out.len() {
            match Pin::new(&mut self.io).poll_write(cx, &self.out[self.written..]) {
                Poll::Ready(Ok(count)) if count > 0 => self.written += count,
                Poll::Ready(_) => {
                    self.stage = Stage::Dead;
                    return Poll::Ready(());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        if self.written > 0 {
            self.written = 0;
            self.out.clear();
            self.out.shrink_to(4096);
            // A plain socket has nothing to flush; one with TLS has.
            if Pin::new(&mut self.io).poll_flush(cx).is_pending() {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }

    fn closing(&mut self, code: Option<CloseCode>, answered: bool, garbled: bool) {
        let now = self.clock.now();
        self.ended_with = code;
        self.stage = Stage::Closing {
            answered,
            garbled,
            written: false,
            deadline: now + CLOSE_WRITE,
        };
        self.give_up.get_or_insert(now + HANDLER_GRACE);
        self.link.end();
    }

    /// Writes our close, waits for the peer's if it is still to come. Ready: TCP may be closed.
    fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let writing = self.poll_write(cx);
            let now = self.clock.now();
            let Stage::Closing {
                answered,
                garbled,
                written,
                deadline,
            } = &mut self.stage
            else {
                return Poll::Ready(());
            };
            if writing.is_ready() && !*written {
                *written = true;
                *deadline = now + LINGER;
            }
            if *written && *answered {
                let _ = Pin::new(&mut self.io).poll_shutdown(cx);
                self.stage = Stage::Dead;
                return Poll::Ready(());
            }
            if *deadline <= now {
                self.stage = Stage::Dead;
                return Poll::Ready(());
            }
            if *garbled {
                self.buffer.clear();
            } else {
                match self.decoder.skip_to_close(&mut self.buffer) {
                    Ok(false) => {}
                    Ok(true) => {
                        *answered = true;
                        continue;
                    }
                    Err(_) => *garbled = true,
                }
            }
            if self.poll_read(cx).is_pending() {
                let Stage::Closing { deadline, .. } = &self.stage else {
                    return Poll::Ready(());
                };
                self.timer.reset(*deadline);
                if Pin::new(&mut self.timer).poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        }
    }

    /// Resolves when the connection is over; for one that never had a consumer.
    pub(crate) async fn closed(&mut self) {
        while !matches!(
            std::future::poll_fn(|cx| self.poll_work(cx)).await,
            Work::Over
        ) {
            self.drop_message();
        }
    }

    /// What the frame that ended the connection was caused by.
    pub(crate) fn last_cause(&mut self) -> Cause {
        std::mem::take(&mut self.last_cause)
    }
}
