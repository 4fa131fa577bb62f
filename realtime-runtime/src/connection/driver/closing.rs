//! The end of a connection: closes of both sides, and what comes between them and the end of TCP.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::{Driver, HANDLER_GRACE, Socket, Work};
use crate::{
    cause::Cause,
    wire::{
        CloseCode,
        frame::{self, Fault},
    },
};

/// How long the peer's close frame is waited for (after ours is written), reading and throwing away what comes.
const LINGER: Duration = Duration::from_secs(1);
/// How long the close frame may take to be written.
const CLOSE_WRITE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) enum Stage {
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

impl<S: Socket> Driver<S> {
    /// Closes with a code of our own.
    pub(crate) fn close(&mut self, code: CloseCode, reason: &str) {
        if matches!(self.stage, Stage::Open) {
            frame::close(&mut self.out, Some(code), reason);
            self.closing(Some(code), self.peer_close.is_some());
        }
    }

    pub(crate) fn ended_with(&self) -> Option<CloseCode> {
        self.ended_with
    }

    pub(super) fn fault(&mut self, fault: Fault) {
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

    /// Answers the peer's close, if there was one.
    pub(super) fn answer_close(&mut self) {
        if let (Stage::Open, Some(code)) = (&self.stage, self.peer_close) {
            frame::close(&mut self.out, code, "");
            self.closing(code, true);
        }
    }

    fn closing(&mut self, code: Option<CloseCode>, answered: bool) {
        self.ended_with = code;
        self.end(Stage::Closing {
            answered,
            garbled: false,
            written: false,
            deadline: self.clock.now() + CLOSE_WRITE,
        });
    }

    /// Nothing can be read or written any more.
    pub(super) fn dead(&mut self) {
        self.end(Stage::Dead);
    }

    fn end(&mut self, stage: Stage) {
        self.stage = stage;
        self.give_up.get_or_insert(self.clock.now() + HANDLER_GRACE);
        self.link.end();
        self.events.clear();
    }

    /// Writes our close, waits for the peer's if it is still to come. Ready: TCP may be closed.
    pub(super) fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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
            if *answered || *garbled {
                self.buffer.clear();
            } else {
                match self.decoder.skip_to_close(&mut self.buffer) {
                    Ok(answer) => *answered = answer,
                    Err(_) => *garbled = true,
                }
                if *answered && *written {
                    continue;
                }
            }
            let deadline = *deadline;
            if self.poll_read(cx).is_pending() {
                self.timer.reset(deadline);
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
