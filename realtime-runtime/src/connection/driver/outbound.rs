//! What goes out: replies, what the outbox holds, and the one write.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;

use super::{Driver, Frames, Item, Socket};
use crate::{
    cause::Cause,
    connection::{First, Gap, Rank, link::Taken, spare},
    hook::Probe,
    message::{Action, Form, System, Type, system},
    meters::Direction,
    wire::encode,
};

/// So many bytes wait for the socket at most before more is encoded.
pub(super) const HIGH_WATER: usize = 64 * 1024;

/// Remembers what caused the frames that were put into `out`.
pub(super) fn note(unwritten: &mut Vec<Cause>, probe: Option<&Probe>, count: usize, cause: &Cause) {
    if !cause.is_none() {
        unwritten.push(cause.clone());
    }
    if let Some(probe) = probe {
        probe.wrote(count, cause);
    }
}

impl<S: Socket> Driver<S> {
    /// Sends what a handler returned, after everything that it sent before, and in its place among what others push.
    pub(crate) fn send(&mut self, bytes: &[u8], count: usize, cause: &Cause, rank: Rank) {
        if count == 0 || !self.is_open() {
            return;
        }
        let free = !self.link.is_ready()
            || match rank {
                Rank::Before => !self.link.has_own(),
                Rank::After => self.take_all(),
            };
        if free {
            return self.append(bytes, count, cause);
        }
        let frames = Frames {
            bytes: Bytes::copy_from_slice(bytes),
            count,
            signals: 0,
            cause: cause.clone(),
        };
        self.link.push_own(frames, false, rank);
    }

    /// Writes what `#[on_connect]` sent. Its cause is not done before the first deadline stands.
    pub(crate) fn begin(&mut self, first: First) {
        self.append(&first.bytes, first.frames, &first.cause);
        if !first.cause.is_none() {
            self.rare().time = first.cause;
        }
    }

    /// Sends whole frames before everything that is still queued.
    pub(crate) fn append(&mut self, bytes: &[u8], count: usize, cause: &Cause) {
        if count == 0 || !self.is_open() {
            return;
        }
        if self.out.capacity() == 0 {
            self.out = spare::take();
        }
        self.out.extend_from_slice(bytes);
        self.sent(count);
        if self.link.probe.is_some() || !cause.is_none() {
            let rare = self.rare.get_or_insert_default();
            note(&mut rare.unwritten, self.link.probe.as_ref(), count, cause);
        }
    }

    /// Counts frames that go out.
    pub(super) fn sent(&mut self, count: usize) {
        self.link.meters().frames(Direction::Out, count);
        if self.deadlines.counts_silence() {
            self.deadlines.spoke(self.clock.now());
        }
    }

    /// Tells the client that something is missing.
    pub(super) fn append_gap(&mut self, gap: &Gap) {
        let Gap {
            since,
            dropped,
            cause,
            ..
        } = gap;
        let (since, dropped) = (*since, *dropped);
        let mut bytes = Vec::with_capacity(96);
        let frame = system::Gap { since, dropped };
        let encoded = match self.link.form() {
            Form::Adjacent => encode::message(&mut bytes, &System::<Action, _>::new(frame), None),
            Form::Flat => encode::message(&mut bytes, &System::<Type, _>::new(frame), None),
        };
        debug_assert!(encoded.is_ok(), "numbers can be written");
        self.append(&bytes, 1, cause);
    }

    /// Whether more may be encoded before something is written.
    pub(super) fn room(&self) -> bool {
        self.out.len() - self.written < HIGH_WATER
    }

    /// Empties the outbox as far as there is room; events wait in it for the consumer. `false`: something is left.
    pub(super) fn take_all(&mut self) -> bool {
        while self.room() {
            match self.link.take(true) {
                Taken::Item(item) => self.take_item(item),
                Taken::Close(closing) if !closing.gently => {
                    self.close_as_asked(closing);
                    return true;
                }
                Taken::Close(_) | Taken::Empty => return true,
            }
        }
        !self.link.is_ready()
    }

    pub(super) fn take_item(&mut self, item: Item) {
        match item {
            Item::Frames(frames) | Item::Own { frames, .. } | Item::Signal(frames) => {
                self.append(&frames.bytes, frames.count, &frames.cause);
            }
            Item::Gap(gap) => self.append_gap(&gap),
            Item::Event(_) => debug_assert!(false, "events are the consumer's"),
        }
    }

    /// Writes what waits. Ready: there is room that was not there before, or the connection ends.
    pub(super) fn poll_write_for_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let had_room = self.room();
        let _ = self.poll_write(cx);
        if !self.is_open() || (!had_room && self.room()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Writes what waits. Ready: all is written, or nothing more can be.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let written = self.poll_write_out(cx);
        if let Some(rare) = &mut self.rare {
            rare.unwritten.clear();
        }
        written
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.written < self.out.len() {
            match Pin::new(&mut self.io).poll_write(cx, &self.out[self.written..]) {
                Poll::Ready(Ok(count)) if count > 0 => {
                    self.written += count;
                    self.unflushed = true;
                    self.link.meters().bytes(Direction::Out, count);
                    // The socket takes more again, so the peer has taken something: it is there, if slow.
                    if self.deadlines.is_blocked() {
                        self.deadlines.blocked(None);
                        if self.heartbeat.waits() {
                            self.heartbeat.heard(self.clock.now());
                        }
                    }
                }
                Poll::Ready(_) => {
                    self.dead();
                    return Poll::Ready(());
                }
                Poll::Pending => {
                    if !self.deadlines.is_blocked() {
                        self.deadlines.blocked(Some(self.clock.now()));
                    }
                    return Poll::Pending;
                }
            }
        }
        if self.written > 0 {
            self.written = 0;
            spare::give(mem::take(&mut self.out));
        }
        if self.unflushed {
            // A plain socket has nothing to flush; one with TLS has.
            match Pin::new(&mut self.io).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(_)) => self.dead(),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}
