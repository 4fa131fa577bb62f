//! What comes in: bytes, frames, and the message in hand.

use std::{
    future::Future as _,
    pin::pin,
    task::{Context, Poll},
};

use bytes::Buf as _;
use tokio::io::AsyncReadExt as _;
use tungstenite::protocol::frame::coding::Control;

use super::{AHEAD, Driver, HANDLER_GRACE, Hand, Socket};
use crate::{
    cause::Cause,
    connection::spare,
    hook::Probe,
    meters::Direction,
    wire::frame::{self, Kind, Received},
};

impl<S: Socket> Driver<S> {
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

    /// Takes the next message in hand.
    pub(super) fn next_message(&mut self) -> Option<Cause> {
        if let Some(rare) = &mut self.rare
            && let Some((kind, payload)) = rare.ahead.pop_front()
        {
            rare.ahead_bytes -= payload.len();
            self.hand = Hand::Apart(kind, payload);
            return Some(self.take_cause());
        }
        self.hand = match self.next_received()? {
            (kind, None, len) => Hand::InBuffer(kind, len),
            (kind, Some(payload), _) => Hand::Apart(kind, payload),
        };
        self.received();
        Some(self.take_cause())
    }

    fn received(&mut self) {
        self.link.meters().frames(Direction::In, 1);
        if self.deadlines.counts_silence() {
            self.deadlines.spoke(self.clock.now());
        }
    }

    /// The next data message; control frames are dealt with on the way.
    fn next_received(&mut self) -> Option<(Kind, Option<Vec<u8>>, usize)> {
        while self.peer_close.is_none() && self.is_open() && !self.buffer.is_empty() {
            match self.decoder.next(&mut self.buffer) {
                Ok(None) => return None,
                Ok(Some(Received::Whole { kind, len })) => return Some((kind, None, len)),
                Ok(Some(Received::Assembled { kind, payload })) => {
                    return Some((kind, Some(payload), 0));
                }
                Ok(Some(Received::Ping(payload))) => {
                    frame::control(&mut self.out, Control::Pong, &payload);
                }
                // Held until the next deadline stands.
                Ok(Some(Received::Pong)) => {
                    let time = self.heartbeat.pong();
                    if !time.is_none() || self.rare.is_some() {
                        self.rare().time = time;
                    }
                }
                Ok(Some(Received::Close(code))) => {
                    self.peer_close = Some(code);
                    self.rare().give_up = Some(self.clock.now() + HANDLER_GRACE);
                    // No pong comes behind it.
                    drop(self.heartbeat.pong());
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

    pub(super) fn read_ahead(&mut self) {
        while self
            .rare
            .as_ref()
            .is_none_or(|rare| rare.ahead.len() < AHEAD)
        {
            let Some((kind, payload, len)) = self.next_received() else {
                return;
            };
            let payload = payload.unwrap_or_else(|| {
                let payload = self.buffer[..len].to_vec();
                self.buffer.advance(len);
                payload
            });
            self.received();
            let rare = self.rare();
            rare.ahead_bytes += payload.len();
            rare.ahead.push_back((kind, payload));
        }
    }

    pub(super) fn take_cause(&self) -> Cause {
        self.link
            .probe
            .as_ref()
            .map_or(Cause::NONE, Probe::take_inbound)
    }

    /// Reads what is there. Ready: there is something new to look at.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.buffer.capacity() == 0 {
            self.buffer = spare::take_read();
        }
        if self.buffer.capacity() - self.buffer.len() < 512 {
            self.buffer.reserve(self.link.limits().read_buffer);
        }
        match pin!(self.io.read_buf(&mut self.buffer)).poll(cx) {
            Poll::Ready(Ok(0) | Err(_)) => {
                self.dead();
                Poll::Ready(())
            }
            Poll::Ready(Ok(count)) => {
                self.link.meters().bytes(Direction::In, count);
                self.turns = self.turns.saturating_add(1);
                if self.heartbeat.waits() {
                    self.heartbeat.heard(self.clock.now());
                }
                Poll::Ready(())
            }
            Poll::Pending => {
                // Who waits needs no room; and the next on this thread is glad of what is warm.
                if self.buffer.is_empty() {
                    let size = self.link.limits().read_buffer;
                    spare::give_read(std::mem::take(&mut self.buffer), size);
                }
                Poll::Pending
            }
        }
    }
}
