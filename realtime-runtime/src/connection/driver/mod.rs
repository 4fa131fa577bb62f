//! What moves between the socket, the outbox and the consumer.
//!
//! Everything that is ready is handled before anything is written: what one wake-up brings is answered with one write.

mod closing;
mod inbound;
mod outbound;
mod rare;
mod sleep;
#[cfg(test)]
mod tests;

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::BytesMut;

use super::{
    Beside, Cancelled, Clock, Event, Frames, Item, Limits, Link, Opened, Socket, clock::Sleep,
    deadlines::Deadlines, heartbeat::Heartbeat, link::Taken,
};
use crate::{
    cause::Cause,
    hook::Probe,
    meters::Meters,
    wire::{
        CloseCode,
        frame::{Decoder, Kind},
    },
};
use closing::Stage;
use outbound::note;
use rare::Rare;

/// So many frames are read ahead of a busy handler at most.
const AHEAD: usize = 32;
/// How long a handler in hand may go on once the connection is closing.
const HANDLER_GRACE: Duration = Duration::from_secs(5);
/// After so many messages, events and reads in a row what waits is written, and other tasks have their turn.
const TURNS: u8 = 64;

/// A close waits for so many replies of each stream at most, those that are ready.
const LAST_ROUNDS: u16 = 1024;

/// What is to be done next.
#[derive(Debug)]
pub(crate) enum Work {
    /// A message is in hand, see [`Driver::message`].
    Message(Cause),
    /// An event for the consumer.
    Event(Event),
    /// Whether the client may still be here is to be asked.
    Recheck(Cause),
    /// The connection is over.
    Over,
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
///
/// What each frame needs stands first and together: of a thousand connections none is in the processor's cache when its
/// turn comes.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Driver<S> {
    link: Arc<Link>,
    io: S,
    /// It has slept since it was polled last.
    slept: bool,
    /// Others write while it sleeps.
    shared: bool,
    /// The socket took everything, but may hold it back.
    unflushed: bool,
    turns: u8,
    /// How many more rounds of replies of streams a close may wait for.
    last_rounds: u16,
    /// Set when the peer's close was read: no frame comes after it, those before it are still answered.
    peer_close: Option<Option<CloseCode>>,
    clock: Clock,
    /// When the task woke up last.
    now: Duration,
    /// Whom the timer and the link wake.
    waker: Option<Waker>,
    stage: Stage,
    timer: Sleep,
    buffer: BytesMut,
    hand: Hand,
    out: Vec<u8>,
    written: usize,
    /// When the next frame is due at an even pace.
    due: Duration,
    heartbeat: Heartbeat,
    deadlines: Deadlines,
    decoder: Decoder,
    rare: Option<Box<Rare>>,
    /// Why the connection ends, for its log line.
    ended_with: Option<CloseCode>,
}

impl<S: Socket> Driver<S> {
    pub(crate) fn new(opened: Opened<S>, link: Arc<Link>, clock: Clock) -> Self {
        let limits: &Limits = link.limits();
        let now = clock.now();
        // Who counts silence, and who watches what is written in a test, is awake for everything that is.
        let is_aware = link.probe.is_some() || limits.idle_timeout.is_some();
        let socket = opened.shared.filter(|_| !is_aware);
        let shared = socket.is_some();
        if let Some(socket) = socket {
            link.share(socket);
        }
        Self {
            timer: clock.sleep_until(now),
            heartbeat: Heartbeat::new(limits, now),
            deadlines: Deadlines::new(limits, now, link.id().number()),
            due: Duration::ZERO,
            now,
            slept: true,
            shared,
            waker: None,
            buffer: opened.read.into(),
            io: opened.stream,
            decoder: Decoder::new(limits.message_bytes).with_max_frame(limits.frame_bytes),
            hand: Hand::Empty,
            out: Vec::new(),
            written: 0,
            unflushed: false,
            last_rounds: LAST_ROUNDS,
            turns: 0,
            stage: Stage::Open,
            peer_close: None,
            ended_with: None,
            rare: None,
            link,
            clock,
        }
    }

    /// Room for what is rare, from now on.
    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// What made time pass has done what it does.
    fn time_has_passed(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.time = Cause::NONE;
        }
    }

    fn set_last_cause(&mut self, cause: Cause) {
        if !cause.is_none() || self.rare.is_some() {
            self.rare().last_cause = cause;
        }
    }

    fn give_up(&self) -> Option<Duration> {
        self.rare.as_ref().and_then(|rare| rare.give_up)
    }

    fn has_beside(&self) -> bool {
        self.rare
            .as_ref()
            .is_some_and(|rare| !rare.beside.is_empty())
    }

    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open)
    }

    /// Closes with 4401 then, unless it is told another time before.
    pub(crate) fn expire_at(&mut self, at: Option<Duration>) {
        self.deadlines.expire_at(at);
    }

    /// The client was asked for, and is not at once again: slow answers must not keep frames waiting.
    pub(crate) fn rechecked(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.recheck = None;
        }
        self.deadlines.rechecked(self.clock.now());
    }

    /// Whether one more frame may be handled now.
    pub(crate) fn admit(&mut self) -> bool {
        match self.link.limits().rate() {
            None => true,
            Some(rate) => rate.admit(&mut self.due, self.now),
        }
    }

    /// The next thing to do for the consumer; meanwhile everything else goes on.
    pub(crate) fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<Work> {
        if !self.wakes_up(cx) {
            return Poll::Pending;
        }
        let work = self.poll_awake(cx);
        self.slept = work.is_pending();
        work
    }

    fn poll_awake(&mut self, cx: &mut Context<'_>) -> Poll<Work> {
        self.heartbeat.suspend(false, || self.clock.now());
        self.link.unhold();
        loop {
            if !self.is_open() {
                return self.poll_closing(cx, false).map(|()| Work::Over);
            }
            if self.turns >= TURNS {
                return self.yield_now(cx, false);
            }
            if self.deadlines.has_expired(self.now) {
                self.expired(Cause::NONE);
                continue;
            }
            let due = self.rare.as_mut().and_then(|rare| rare.recheck.take());
            if self.link.take_recheck() || due.is_some() {
                let cause = due.or_else(|| self.link.probe.as_ref().map(Probe::take_recheck));
                return Poll::Ready(Work::Recheck(cause.unwrap_or_default()));
            }
            if self.room() {
                if self.link.is_ready() {
                    match self.link.take(false) {
                        Taken::Item(Item::Event(event)) => {
                            self.turns += 1;
                            return Poll::Ready(Work::Event(event));
                        }
                        Taken::Item(item) => {
                            self.take_item(item);
                            continue;
                        }
                        // The replies that are ready go before it.
                        Taken::Close(closing) if closing.gently && self.last_replies(cx) => {
                            continue;
                        }
                        Taken::Close(closing) => {
                            self.close_as_asked(closing);
                            continue;
                        }
                        Taken::Empty => {}
                    }
                }
                // Once a round, so that neither frames nor streams hold the others up.
                let progress = self.poll_beside(cx);
                if let Some(cause) = self.next_message() {
                    self.turns += 1;
                    return Poll::Ready(Work::Message(cause));
                }
                if self.peer_close.is_some() {
                    if progress.is_ready() && self.one_round_less() {
                        continue;
                    }
                    self.answer_close();
                }
                if !self.is_open() || self.poll_read(cx).is_ready() || progress.is_ready() {
                    continue;
                }
            }
            if self.poll_write_for_room(cx).is_ready() {
                continue;
            }
            if self.settle(cx, false) {
                self.time_has_passed();
                self.turns = 0;
                return Poll::Pending;
            }
        }
    }

    /// Gives what goes on beside the frames its turn; what was queued before must be on its way. Ready: it did something.
    fn poll_beside(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(rare) = &mut self.rare else {
            return Poll::Pending;
        };
        let Rare {
            beside, unwritten, ..
        } = &mut **rare;
        if beside.is_empty() || self.turns >= TURNS {
            return Poll::Pending;
        }
        let probe = &self.link.probe;
        let mut sent = 0;
        let progress = beside.poll(cx, &mut self.out, |frames, cause| {
            sent += frames;
            note(unwritten, probe.as_ref(), frames, cause);
        });
        if sent > 0 {
            self.sent(sent);
        }
        self.turns += u8::from(progress.is_ready());
        progress
    }

    pub(crate) fn meters(&self) -> &Meters {
        self.link.meters()
    }

    /// Writes what streams have ready before a close. `true`: there may be more.
    fn last_replies(&mut self, cx: &mut Context<'_>) -> bool {
        self.poll_beside(cx).is_ready() && self.one_round_less()
    }

    /// Whether a close may wait once more: a stream that is always ready must not hold it for ever.
    fn one_round_less(&mut self) -> bool {
        let more = self.last_rounds > 0;
        self.last_rounds = self.last_rounds.saturating_sub(1);
        more
    }

    /// How many more may go on beside the frames.
    pub(crate) fn free_beside(&self) -> usize {
        let under_way = self.rare.as_ref().map_or(0, |rare| rare.beside.len());
        self.link.limits().beside.saturating_sub(under_way)
    }

    /// Takes in what a handler has started.
    pub(crate) fn begin_beside(&mut self, started: Vec<Beside>) {
        if started.is_empty() {
            return;
        }
        self.rare().beside.add(started);
        if !self.is_open() {
            self.cancel_beside();
        }
    }

    fn cancel_beside(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.cancelled.extend(rare.beside.cancel());
        }
    }

    /// What was cancelled and may still be ending.
    pub(crate) fn take_cancelled(&mut self) -> Vec<Cancelled> {
        let rare = self.rare.as_mut();
        rare.map_or_else(Vec::new, |rare| std::mem::take(&mut rare.cancelled))
    }

    /// Keeps the connection alive while a handler runs. Ready: the handler is to be given up.
    pub(crate) fn poll_background(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.wakes_up(cx) {
            return Poll::Pending;
        }
        let given_up = self.poll_beside_handler(cx);
        self.slept = given_up.is_pending();
        given_up
    }

    fn poll_beside_handler(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let progress =
                self.is_open() && self.take_all() && self.room() && self.poll_beside(cx).is_ready();
            if !self.is_open() {
                // The socket may be through before the handler is; the handler keeps its grace.
                let _ = self.poll_closing(cx, true);
            } else if self.turns >= TURNS {
                return self.yield_now(cx, true);
            } else {
                let most = self.link.limits().message_bytes;
                let full = self
                    .rare
                    .as_ref()
                    .is_some_and(|rare| rare.ahead.len() >= AHEAD || rare.ahead_bytes > most);
                let reading = !full && self.peer_close.is_none();
                self.heartbeat.suspend(!reading, || self.clock.now());
                if reading {
                    self.read_ahead();
                    if self.is_open() && self.room() && self.poll_read(cx).is_ready() {
                        continue;
                    }
                }
                if self.poll_write_for_room(cx).is_ready() {
                    continue;
                }
            }
            if self.give_up().is_some_and(|at| at <= self.clock.now()) {
                self.answer_close();
                return Poll::Ready(());
            }
            if progress {
                continue;
            }
            if self.settle(cx, true) {
                self.time_has_passed();
                self.turns = 0;
                return Poll::Pending;
            }
        }
    }
}
