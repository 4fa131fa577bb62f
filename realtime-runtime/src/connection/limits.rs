//! What one connection may use.

use std::time::Duration;

use super::OutboxPolicy;

/// The limits of every connection. Each is a setting of the builder, whose documentation says unit and effect.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) message_bytes: usize,
    /// `None`: a frame may be as large as a message.
    pub(crate) frame_bytes: Option<usize>,
    /// How long a client may take to send the head of its HTTP request.
    pub(crate) request_head: Duration,
    pub(crate) outbox_bytes: usize,
    pub(crate) outbox_messages: usize,
    pub(crate) outbox_policy: OutboxPolicy,
    pub(crate) frames_per_second: Option<u32>,
    pub(crate) burst: u32,
    pub(crate) groups: usize,
    /// Streams of replies and spawned handlers under way.
    pub(crate) beside: usize,
    pub(crate) handshake: Duration,
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) pong_timeout: Duration,
    pub(crate) read_buffer: usize,
    /// How long a client may take nothing of what waits for it.
    pub(crate) write_timeout: Option<Duration>,
    /// How long neither side may say anything.
    pub(crate) idle_timeout: Option<Duration>,
    /// How often a client is asked for again, after its handshake.
    pub(crate) recheck: Option<Duration>,
    pub(crate) connections: Option<usize>,
    pub(crate) connections_per_user: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 64 * 1024,
            frame_bytes: None,
            request_head: Duration::from_secs(10),
            outbox_bytes: 1024 * 1024,
            outbox_messages: 1024,
            outbox_policy: OutboxPolicy::Disconnect,
            frames_per_second: Some(200),
            burst: 400,
            groups: 128,
            beside: 32,
            handshake: Duration::from_secs(10),
            ping_interval: Some(Duration::from_secs(25)),
            pong_timeout: Duration::from_secs(10),
            read_buffer: 4096,
            write_timeout: Some(Duration::from_secs(30)),
            idle_timeout: None,
            recheck: None,
            connections: None,
            connections_per_user: None,
        }
    }
}

/// So many in a time, by the generic cell rate algorithm: one number instead of a bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// Time between two.
    interval: Duration,
    /// How far ahead of the even pace a burst may run.
    tolerance: Duration,
}

impl Rate {
    /// One in each interval, and so many in a burst.
    pub(crate) const fn every(interval: Duration, burst: u32) -> Self {
        Self {
            interval,
            tolerance: interval.saturating_mul(burst.saturating_sub(1)),
        }
    }

    /// Counts one at `now`; `false` if it is one too many. `due`: when the next is due at an even pace; zero at first.
    pub(crate) fn admit(self, due: &mut Duration, now: Duration) -> bool {
        let next = (*due).max(now);
        if next > now + self.tolerance {
            return false;
        }
        *due = next + self.interval;
        true
    }
}

impl Limits {
    /// How many frames may come.
    pub(crate) fn rate(&self) -> Option<Rate> {
        let interval =
            Duration::from_nanos(1_000_000_000 / u64::from(self.frames_per_second?.max(1)));
        Some(Rate::every(interval, self.burst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says whether a frame is admitted at a time.
    fn rate(frames_per_second: u32, burst: u32) -> impl FnMut(Duration) -> bool {
        let limits = Limits {
            frames_per_second: Some(frames_per_second),
            burst,
            ..Limits::default()
        };
        let (rate, mut due) = (limits.rate().unwrap(), Duration::ZERO);
        move |now| rate.admit(&mut due, now)
    }

    #[test]
    fn a_burst_passes_and_one_more_does_not() {
        let mut admits = rate(200, 400);
        let now = Duration::from_secs(7);
        assert!((0..400).all(|_| admits(now)));
        assert!(!admits(now));
    }

    #[test]
    fn after_a_burst_frames_pass_at_the_even_pace() {
        let mut admits = rate(10, 5);
        let start = Duration::from_secs(1);
        assert!((0..5).all(|_| admits(start)));
        for step in 1..20_u32 {
            let now = start + Duration::from_millis(100) * step;
            assert!(admits(now), "step {step}");
            assert!(!admits(now), "step {step}");
        }
    }

    #[test]
    fn what_is_refused_costs_nothing() {
        let mut admits = rate(1, 1);
        assert!(admits(Duration::ZERO));
        assert!((0..1000).all(|_| !admits(Duration::ZERO)));
        assert!(admits(Duration::from_secs(1)));
    }
}
