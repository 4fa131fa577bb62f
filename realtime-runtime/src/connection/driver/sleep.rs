//! Falling asleep and waking up: what is looked at before, and what time brings.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tungstenite::protocol::frame::coding::Control;

use super::{Driver, Socket, Stage, closing::CLOSE_WRITE};
use crate::{
    cause::Cause,
    connection::{deadlines::Due, heartbeat::Beat},
    hook::{Probe, names},
    wire::{CloseCode, frame},
};

impl<S: Socket> Driver<S> {
    /// `false`: another writes for it, and will wake it again.
    pub(super) fn wakes_up(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.slept {
            return true;
        }
        if self.shared {
            let rest = self.link.woken().or_else(|| {
                // It may have been through before it could know whom to wake.
                self.link.watch(cx.waker());
                self.link.woken()
            });
            let Some(rest) = rest else {
                return false;
            };
            self.out.extend_from_slice(&rest);
        }
        self.slept = false;
        self.now = self.clock.now();
        true
    }

    /// Writes what waits and lets other tasks go on, as somebody keeps this one busy.
    pub(super) fn yield_now<T>(&mut self, cx: &mut Context<'_>, busy: bool) -> Poll<T> {
        self.turns = 0;
        let _ = self.poll_write(cx);
        // Deadlines stand for those who are kept busy, too.
        if self.settle(cx, busy) {
            self.time_has_passed();
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// When time brings something next.
    fn next_time(&self, busy: bool) -> Option<Duration> {
        let usual = match &self.stage {
            Stage::Open => earlier(self.heartbeat.next(), self.deadlines.next()),
            Stage::Closing { deadline, .. } => Some(*deadline),
            Stage::Dead => None,
        };
        if self.rare.is_none() {
            return usual;
        }
        let hurry = self.hurry().filter(|_| !busy && self.is_open());
        earlier(usual, earlier(self.give_up(), hurry))
    }

    fn hurry(&self) -> Option<Duration> {
        let hurry = self.rare.as_ref().and_then(|rare| rare.hurry.as_ref());
        hurry.map(|(at, _)| *at)
    }

    /// Looks once more at deadlines and at the outbox before the task sleeps. `true`: it may.
    pub(super) fn settle(&mut self, cx: &mut Context<'_>, busy: bool) -> bool {
        // Nothing is to be told to who knows already.
        let is_known = self
            .waker
            .as_ref()
            .is_some_and(|known| known.will_wake(cx.waker()));
        if !is_known {
            self.waker = Some(cx.waker().clone());
        }
        if let Some(next) = self.next_time(busy)
            && !(is_known && self.timer.stands(next, self.now))
        {
            self.timer.reset(next);
            if let Poll::Ready(time) = Pin::new(&mut self.timer).poll(cx) {
                let cause = time.work(|| names::deadline(&self.link));
                if !cause.is_none() {
                    self.rare().time = cause.clone();
                }
                self.on_time(cause, busy);
                if busy && !self.is_open() {
                    // The handler in hand may wait for time itself: what follows is not of this cause.
                    self.set_last_cause(Cause::NONE);
                }
                return false;
            }
        }
        if !self.is_open() {
            return true;
        }
        if self
            .rare
            .as_ref()
            .is_some_and(|rare| rare.recheck.is_some())
            && !busy
        {
            return false;
        }
        if is_known && self.link.is_watched() && !self.link.is_ready() {
            return self.falls_asleep(busy);
        }
        // Registers for what others push. What does not fit now stays in the outbox, where it counts.
        match self.link.watch(cx.waker()) {
            Some(closing) if !closing.gently => {
                self.close_as_asked(closing);
                false
            }
            // A gentle close waits for the handler in hand, and for what it replied to be written, but not for ever.
            Some(closing) if !busy && !self.room() && self.hurry().is_none() => {
                let at = self.clock.now() + CLOSE_WRITE;
                self.rare().hurry = Some((at, closing));
                false
            }
            _ if !busy && self.link.is_rechecked() => false,
            Some(_) => busy || !self.room(),
            None if self.link.is_ready() && self.room() => false,
            None => self.falls_asleep(busy),
        }
    }

    /// Lets others write while it sleeps, if nothing of its own has to go before. `false`: there is something to do.
    fn falls_asleep(&mut self, busy: bool) -> bool {
        let is_through = self.out.is_empty() && !self.unflushed && self.peer_close.is_none();
        if !self.shared || busy || !is_through {
            return true;
        }
        let rest = self.link.sleeps();
        let is_asleep = rest.is_none();
        if let Some(rest) = rest {
            self.out.extend_from_slice(&rest);
        }
        is_asleep
    }

    pub(super) fn expired(&mut self, cause: Cause) {
        let reason = "the credentials have expired";
        self.close_because(CloseCode::UNAUTHENTICATED, reason, cause);
    }

    fn on_time(&mut self, cause: Cause, busy: bool) {
        let now = self.clock.now();
        if !self.is_open() {
            return;
        }
        let hurry = self
            .rare
            .as_mut()
            .and_then(|rare| rare.hurry.take_if(|(at, _)| *at <= now));
        if let Some((_, closing)) = hurry {
            return self.close_as_asked(closing);
        }
        if self.give_up().is_some_and(|at| at <= now) {
            // The peer has closed, but does not read what comes before the answer.
            return self.answer_close();
        }
        match self.deadlines.due(now) {
            None => {}
            Some(Due::Expired) => return self.expired(cause),
            Some(Due::Recheck) => {
                self.rare().recheck = Some(cause);
                return;
            }
            // What a handler or a stream is at is no silence.
            Some(Due::Idle) if busy || self.has_beside() => {
                return self.deadlines.spoke(now);
            }
            Some(Due::Idle) => {
                let reason = "nothing was said for too long";
                return self.close_because(CloseCode::NORMAL, reason, cause);
            }
            Some(Due::Blocked) => {
                let reason = "the client reads nothing";
                return self.close_because(CloseCode::SLOW_CONSUMER, reason, cause);
            }
        }
        match self.heartbeat.beat(now) {
            Beat::Nothing => {}
            Beat::Ping => {
                // Who has closed does not answer any more.
                let answers = self.link.probe.as_ref().is_some_and(Probe::expects_pong);
                if answers && self.peer_close.is_none() {
                    self.heartbeat.hold(cause);
                }
                frame::control(&mut self.out, Control::Ping, b"");
            }
            Beat::Dead => {
                self.close_because(CloseCode::NO_PONG, "no pong came in time", cause);
            }
        }
    }
}

/// The earlier of two times, where there are two.
fn earlier(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
