//! Writing what waits for a connection while its task sleeps: to reach a thousand members no thousand tasks are woken.
//!
//! Only what leads the outbox and needs nobody: whole frames, to a socket that takes them at once. Anything else is the
//! task's, which is woken for it.

#[cfg(test)]
mod tests;

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;

use super::{Link, lock};
use crate::{
    connection::{socket::SharedSocket, turn::Woken},
    meters::Direction,
};

/// So many bytes are written at once at most.
const MOST: usize = 64 * 1024;

impl Link {
    /// Lets others write from now on, while the task sleeps.
    pub(crate) fn share(&self, socket: SharedSocket) {
        lock(&self.state).socket = Some(Arc::new(socket));
    }

    /// The task is awake. `None`: another writes, and will wake it; else what it could not write.
    pub(crate) fn woken(&self) -> Option<Vec<u8>> {
        match self.turn.wake() {
            Woken::Free => Some(Vec::new()),
            Woken::Rest => Some(std::mem::take(&mut lock(&self.state).rest)),
            Woken::Wait => None,
        }
    }

    /// The task falls asleep with nothing to write. `Some`: it is awake again, as [`Link::woken`] says.
    pub(crate) fn sleeps(&self) -> Option<Vec<u8>> {
        self.turn.sleep();
        if self.is_ready() { self.woken() } else { None }
    }

    /// Writes what waits, if the task sleeps and the socket takes it. Never waits.
    ///
    /// `buffer`: room to put frames together; empty before and after.
    pub(crate) fn write_through(&self, buffer: &mut Vec<u8>) {
        let mut state = lock(&self.state);
        state.listed = false;
        let Some(socket) = state.socket.clone() else {
            return;
        };
        // An awake task looks by itself at what waits, and before a close it was woken.
        if state.close.is_some() || !self.turn.begin() {
            return;
        }
        let before = state.outbox.depth();
        let (mut single, mut count) = (Bytes::new(), 0);
        while buffer.len() + single.len() < MOST
            && let Some(frames) = state.outbox.pop_plain()
        {
            count += frames.count;
            if single.is_empty() && buffer.is_empty() {
                single = frames.bytes;
                continue;
            }
            buffer.extend_from_slice(&std::mem::take(&mut single));
            buffer.extend_from_slice(&frames.bytes);
        }
        let waiting = state.outbox.depth() as isize - before as isize;
        let is_all = state.outbox.is_empty();
        if is_all {
            self.ready.store(false, Ordering::SeqCst);
        }
        drop(state);

        let bytes = if buffer.is_empty() {
            &single[..]
        } else {
            &buffer[..]
        };
        let written = if bytes.is_empty() {
            0
        } else {
            socket.write_now(bytes)
        };
        let rest = &bytes[written..];
        if !rest.is_empty() {
            lock(&self.state).rest.extend_from_slice(rest);
        }
        if self.turn.end(!rest.is_empty()) || !is_all {
            self.wake(lock(&self.state));
        }
        buffer.clear();
        // Last: a recorder is the application's, and the turn is given back by now.
        self.meters.waiting(waiting);
        self.meters.frames(Direction::Out, count);
        self.meters.bytes(Direction::Out, written);
    }
}
