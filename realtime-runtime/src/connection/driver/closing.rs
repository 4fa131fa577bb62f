//! The end of a connection: closes of both sides, and what comes between them and the end of TCP.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::{Driver, HANDLER_GRACE, Socket, TURNS, Work};
use crate::{
    cause::Cause,
    connection::link::Closing,
    wire::{
        CloseCode,
        frame::{self, Fault},
    },
};

/// How long the peer's close frame is waited for (after ours is written), reading and throwing away what comes.
const LINGER: Duration = Duration::from_secs(1);
/// The reason that goes with 1007.
const NOT_UTF8: &str = "a text message must be UTF-8";
/// How long the close frame may take to be written.
pub(super) const CLOSE_WRITE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) enum Stage {
    Open,
    /// A close frame is among what is to be written; the deadline is for the whole rest.
    Closing {
        answered: bool,
        written: bool,
        deadline: Duration,
    },
    Dead,
}

impl<S: Socket> Driver<S> {
    /// Closes with a code of our own.
    pub(crate) fn close(&mut self, code: CloseCode, reason: &str) {
        self.close_because(code, reason, Cause::NONE);
    }

    /// Closes with a code of our own. The cause is not done before the connection is over, `#[on_disconnect]` included.
    pub(crate) fn close_because(&mut self, code: CloseCode, reason: &str, cause: Cause) {
        if matches!(self.stage, Stage::Open) {
            frame::close(&mut self.out, Some(code), reason);
            self.set_last_cause(cause);
            self.closing(Some(code), self.peer_close.is_some());
        }
    }

    /// Does what somebody else asked for.
    pub(super) fn close_as_asked(&mut self, closing: Closing) {
        self.close_because(closing.code, &closing.reason, closing.cause);
    }

    pub(crate) fn ended_with(&self) -> Option<CloseCode> {
        self.ended_with
    }

    /// Closes as a text deserves that is not UTF-8.
    pub(crate) fn close_not_utf8(&mut self, cause: Cause) {
        self.close_because(CloseCode::INVALID_UTF8, NOT_UTF8, cause);
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        let cause = self.take_cause();
        match fault {
            Fault::TooBig => {
                self.close_because(CloseCode::TOO_BIG, "the message is too big", cause);
            }
            Fault::Protocol(reason) => {
                self.close_because(CloseCode::PROTOCOL_ERROR, reason, cause);
            }
            Fault::NotUtf8 => self.close_not_utf8(cause),
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
        if let Some(probe) = &self.link.probe {
            let last_cause = self.rare.as_ref().map(|rare| &rare.last_cause);
            probe.wrote(1, last_cause.unwrap_or(&Cause::NONE));
            // Who does not listen is waited for, and a test's time stands still: the rest is not of this cause.
            if probe.is_deaf() {
                self.set_last_cause(Cause::NONE);
            }
        }
        self.end(Stage::Closing {
            answered,
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
        let give_up = self.clock.now() + HANDLER_GRACE;
        self.rare().give_up.get_or_insert(give_up);
        self.link.end();
        self.cancel_beside();
    }

    /// Writes our close, waits for the peer's if it is still to come. Ready: TCP may be closed.
    ///
    /// `busy`: a handler is in hand.
    pub(super) fn poll_closing(&mut self, cx: &mut Context<'_>, busy: bool) -> Poll<()> {
        loop {
            let writing = self.poll_write(cx);
            let now = self.clock.now();
            let Stage::Closing {
                answered,
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
                let deadline = *deadline;
                self.stage = Stage::Dead;
                let _ = self.poll_deadline(cx, deadline, busy);
                return Poll::Ready(());
            }
            if *answered {
                self.buffer.clear();
            } else {
                *answered = self.decoder.skip_to_close(&mut self.buffer);
                if *answered && *written {
                    continue;
                }
            }
            let deadline = *deadline;
            // A peer that goes on and on does not keep others waiting.
            if self.turns >= TURNS {
                self.turns = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if self.poll_read(cx).is_pending()
                && self.poll_deadline(cx, deadline, busy).is_pending()
            {
                self.time_has_passed();
                return Poll::Pending;
            }
        }
    }

    /// Waits for a deadline of the end. What made time pass is what the rest is caused by, unless something else is.
    /// A handler in hand may wait for time itself, so the rest is not of that cause then.
    fn poll_deadline(&mut self, cx: &mut Context<'_>, deadline: Duration, busy: bool) -> Poll<()> {
        self.timer.reset(deadline);
        Pin::new(&mut self.timer).poll(cx).map(|cause| {
            let is_first = self
                .rare
                .as_ref()
                .is_none_or(|rare| rare.last_cause.is_none());
            if is_first && !busy {
                self.set_last_cause(cause);
            }
        })
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
        let rare = self.rare.as_mut();
        rare.map_or(Cause::NONE, |rare| std::mem::take(&mut rare.last_cause))
    }
}
