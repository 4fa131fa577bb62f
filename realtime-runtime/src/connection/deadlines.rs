//! What a connection must not outlast: its credentials, its silence, a client that takes nothing.

use std::time::Duration;

use super::Limits;

/// The deadlines of one connection, beside those of its heartbeat.
///
/// What each frame needs stands first, see [`Driver`](super::Driver).
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Deadlines {
    /// The first of all.
    next: Option<Duration>,
    /// Since when the client has taken nothing of what waits.
    blocked: Option<Duration>,
    /// How long neither side may say anything, and when one last did.
    idle: Option<(Duration, Duration)>,
    /// When the client's credentials end.
    expires: Option<Duration>,
    /// When the client is looked at again, and how often.
    recheck: Option<(Duration, Duration)>,
    /// How long the client may take nothing of what waits.
    write_timeout: Option<Duration>,
}

/// What has come; in the order in which it is told when more than one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    Expired,
    Recheck,
    Idle,
    /// The client takes nothing.
    Blocked,
}

impl Deadlines {
    /// `spread`: a number that is another for each connection, so that those which came at once are not asked at once.
    pub(crate) fn new(limits: &Limits, now: Duration, spread: u64) -> Self {
        // The golden ratio: successive numbers are far apart.
        let share = spread.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let first = |interval: Duration| {
            let half = interval / 2;
            half + half.mul_f64(share as f64 / f64::from(1_u32 << 24))
        };
        let mut deadlines = Self {
            next: None,
            blocked: None,
            idle: limits.idle_timeout.map(|timeout| (timeout, now)),
            expires: None,
            recheck: limits
                .recheck
                .map(|interval| (now + first(interval), interval)),
            write_timeout: limits.write_timeout,
        };
        deadlines.changed();
        deadlines
    }

    fn changed(&mut self) {
        self.next = self.all().map(|(at, _)| at).min();
    }

    pub(crate) fn expire_at(&mut self, at: Option<Duration>) {
        self.expires = at;
        self.changed();
    }

    /// Whether anybody asks for [`Deadlines::spoke`].
    pub(crate) fn counts_silence(&self) -> bool {
        self.idle.is_some()
    }

    /// Whether the client's credentials have ended.
    pub(crate) fn has_expired(&self, now: Duration) -> bool {
        self.next.is_some_and(|next| next <= now) && self.expires.is_some_and(|at| at <= now)
    }

    /// The client was asked for: the next time comes after the interval.
    pub(crate) fn rechecked(&mut self, now: Duration) {
        if let Some((at, interval)) = &mut self.recheck {
            *at = now + *interval;
            self.changed();
        }
    }

    /// One side has said something.
    pub(crate) fn spoke(&mut self, now: Duration) {
        if let Some((_, last)) = &mut self.idle {
            *last = now;
            self.changed();
        }
    }

    /// The client takes nothing more, or has taken something and may be waited for again.
    pub(crate) fn blocked(&mut self, now: Option<Duration>) {
        self.blocked = now;
        self.changed();
    }

    /// Whether the client is waited for.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked.is_some()
    }

    /// When the next comes.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.next
    }

    /// The first that has come. A re-check is told once, and is due again after its interval.
    pub(crate) fn due(&mut self, now: Duration) -> Option<Due> {
        let (_, due) = self.all().filter(|(at, _)| *at <= now).min()?;
        if due == Due::Recheck
            && let Some((at, interval)) = &mut self.recheck
        {
            *at = now + *interval;
            self.changed();
        }
        Some(due)
    }

    fn all(&self) -> impl Iterator<Item = (Duration, Due)> {
        let blocked = self.write_timeout.zip(self.blocked);
        let blocked = blocked.map(|(timeout, since)| since + timeout);
        [
            self.expires.map(|at| (at, Due::Expired)),
            self.recheck.map(|(at, _)| (at, Due::Recheck)),
            self.idle.map(|(timeout, last)| (last + timeout, Due::Idle)),
            blocked.map(|at| (at, Due::Blocked)),
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn deadlines(limits: Limits) -> Deadlines {
        let limits = Limits {
            write_timeout: None,
            ..limits
        };
        Deadlines::new(&limits, Duration::ZERO, 1)
    }

    #[test]
    fn without_a_setting_nothing_is_due() {
        let mut deadlines = deadlines(Limits::default());
        assert_eq!(deadlines.next(), None);
        assert_eq!(deadlines.due(1_000_000 * SECOND), None);
    }

    #[test]
    fn credentials_end_at_their_time_and_new_ones_later() {
        let mut deadlines = deadlines(Limits::default());
        deadlines.expire_at(Some(5 * SECOND));
        assert_eq!(deadlines.due(4 * SECOND), None);
        assert_eq!(deadlines.due(5 * SECOND), Some(Due::Expired));
        deadlines.expire_at(Some(9 * SECOND));
        assert_eq!(deadlines.due(5 * SECOND), None);
        assert_eq!(deadlines.next(), Some(9 * SECOND));
    }

    #[test]
    fn who_says_something_is_not_idle() {
        let mut deadlines = deadlines(Limits {
            idle_timeout: Some(10 * SECOND),
            ..Limits::default()
        });
        deadlines.spoke(7 * SECOND);
        assert_eq!(deadlines.due(16 * SECOND), None);
        assert_eq!(deadlines.due(17 * SECOND), Some(Due::Idle));
    }

    #[test]
    fn a_client_that_takes_something_is_waited_for_anew() {
        let mut deadlines = Deadlines::new(&Limits::default(), Duration::ZERO, 1);
        deadlines.blocked(Some(SECOND));
        assert_eq!(deadlines.due(30 * SECOND), None);
        deadlines.blocked(None);
        assert_eq!(deadlines.due(99 * SECOND), None);
        deadlines.blocked(Some(100 * SECOND));
        assert_eq!(deadlines.due(130 * SECOND), Some(Due::Blocked));
    }

    #[test]
    fn a_recheck_is_within_its_interval_and_comes_again_after_it() {
        for spread in 0..100 {
            let limits = Limits {
                recheck: Some(60 * SECOND),
                ..Limits::default()
            };
            let mut deadlines = Deadlines::new(&limits, Duration::ZERO, spread);
            let first = deadlines.next().unwrap();
            assert!((30 * SECOND..=60 * SECOND).contains(&first), "{first:?}");
            assert_eq!(deadlines.due(first), Some(Due::Recheck));
            assert_eq!(deadlines.due(first), None);
            assert_eq!(deadlines.next(), Some(first + 60 * SECOND));
        }
    }
}
