//! Pings, and the deadline of their answers.

use std::time::Duration;

use super::Limits;
use crate::cause::Cause;

/// What each frame needs stands last, so that it is beside what it needs of the deadlines, see
/// [`Driver`](super::Driver).
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Heartbeat {
    interval: Option<Duration>,
    timeout: Duration,
    /// What made time pass, in a test: not done before the pong is here.
    cause: Cause,
    next_ping: Option<Duration>,
    /// When the peer must have shown that it is there.
    deadline: Option<Duration>,
    /// While nothing is read, a pong cannot be seen.
    suspended: bool,
}

/// What a heartbeat asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    Nothing,
    Ping,
    Dead,
}

impl Heartbeat {
    pub(crate) fn new(limits: &Limits, now: Duration) -> Self {
        Self {
            interval: limits.ping_interval,
            timeout: limits.pong_timeout,
            next_ping: limits.ping_interval.map(|interval| now + interval),
            deadline: None,
            suspended: false,
            cause: Cause::NONE,
        }
    }

    /// When it wants to be asked again.
    pub(crate) fn next(&self) -> Option<Duration> {
        let deadline = self.deadline.filter(|_| !self.suspended);
        [self.next_ping, deadline].into_iter().flatten().min()
    }

    pub(crate) fn beat(&mut self, now: Duration) -> Beat {
        if !self.suspended && self.deadline.is_some_and(|deadline| deadline <= now) {
            return Beat::Dead;
        }
        match (self.next_ping, self.interval) {
            (Some(next), Some(interval)) if next <= now => {
                self.next_ping = Some(now + interval);
                self.deadline.get_or_insert(now + self.timeout);
                Beat::Ping
            }
            _ => Beat::Nothing,
        }
    }

    /// Keeps what made time pass until the answer is here.
    pub(crate) fn hold(&mut self, cause: Cause) {
        self.cause = cause;
    }

    pub(crate) fn waits(&self) -> bool {
        self.deadline.is_some()
    }

    /// Bytes came: the peer is there, and a pong may be behind them.
    pub(crate) fn heard(&mut self, now: Duration) {
        if self.deadline.is_some() {
            self.deadline = Some(now + self.timeout);
        }
    }

    /// The peer has answered. Returns what made time pass.
    pub(crate) fn pong(&mut self) -> Cause {
        self.deadline = None;
        std::mem::take(&mut self.cause)
    }

    /// Reading has stopped, or goes on.
    pub(crate) fn suspend(&mut self, suspended: bool, now: impl FnOnce() -> Duration) {
        if self.suspended && !suspended {
            self.heard(now());
        }
        self.suspended = suspended;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_peer_without_a_pong_is_dead_after_interval_and_timeout() {
        let mut heartbeat = Heartbeat::new(&Limits::default(), Duration::ZERO);
        assert_eq!(heartbeat.beat(24 * SECOND), Beat::Nothing);
        assert_eq!(heartbeat.beat(25 * SECOND), Beat::Ping);
        assert_eq!(heartbeat.next(), Some(35 * SECOND));
        assert_eq!(heartbeat.beat(34 * SECOND), Beat::Nothing);
        assert_eq!(heartbeat.beat(35 * SECOND), Beat::Dead);
    }

    #[test]
    fn a_pong_ends_the_wait() {
        let mut heartbeat = Heartbeat::new(&Limits::default(), Duration::ZERO);
        assert_eq!(heartbeat.beat(25 * SECOND), Beat::Ping);
        heartbeat.pong();
        assert_eq!(heartbeat.beat(49 * SECOND), Beat::Nothing);
        assert_eq!(heartbeat.beat(50 * SECOND), Beat::Ping);
    }

    #[test]
    fn while_nothing_is_read_no_pong_is_missed() {
        let mut heartbeat = Heartbeat::new(&Limits::default(), Duration::ZERO);
        assert_eq!(heartbeat.beat(25 * SECOND), Beat::Ping);
        heartbeat.suspend(true, || 26 * SECOND);
        assert_eq!(heartbeat.beat(49 * SECOND), Beat::Nothing);
        heartbeat.suspend(false, || 49 * SECOND);
        assert_eq!(heartbeat.beat(49 * SECOND), Beat::Nothing);
        assert_eq!(heartbeat.beat(59 * SECOND), Beat::Dead);
    }

    #[test]
    fn bytes_that_come_put_the_deadline_off() {
        let mut heartbeat = Heartbeat::new(&Limits::default(), Duration::ZERO);
        assert_eq!(heartbeat.beat(25 * SECOND), Beat::Ping);
        heartbeat.heard(30 * SECOND);
        assert_eq!(heartbeat.beat(39 * SECOND), Beat::Nothing);
        assert_eq!(heartbeat.beat(40 * SECOND), Beat::Dead);
    }
}
