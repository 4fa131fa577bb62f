//! What presence keeps to.

use std::time::Duration;

use super::roster::Limits;
use crate::server::RealtimeBuilder;

/// No grace and no interval is longer.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(super) grace: Duration,
    pub(super) interval: Duration,
    pub(super) entries: usize,
    pub(super) metadata: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(10),
            interval: Duration::from_millis(100),
            entries: 10_000,
            metadata: 1024,
        }
    }
}

impl Settings {
    pub(super) fn limits(self) -> Limits {
        Limits {
            grace: self.grace,
            entries: self.entries,
        }
    }
}

impl RealtimeBuilder {
    /// How long a user counts as [present](crate::presence) after the last connection is gone, at most a day. Default 10 s.
    ///
    /// Whoever comes back in this time, as with a reload, has never left. With zero, users leave at once, and a reload is
    /// a leave and a join.
    pub fn presence_grace(mut self, grace: Duration) -> Self {
        self.presence.grace = grace.min(LONGEST);
        self
    }

    /// For how long changes of presence are gathered before a group's members are told of them in one event, from 10 ms to
    /// a day. Default 100 ms.
    pub fn presence_interval(mut self, interval: Duration) -> Self {
        self.presence.interval = interval.clamp(Duration::from_millis(10), LONGEST);
        self
    }

    /// How many connections, and users in their grace, are present in one group. Default 10,000.
    ///
    /// Of all nodes; those that enter on several at the same moment may be more by a few.
    ///
    /// Beyond it [`track`](crate::presence::Presence::track) fails with
    /// [`PresenceError::Full`](crate::presence::PresenceError::Full).
    pub fn presence_entries(mut self, entries: usize) -> Self {
        self.presence.entries = entries;
        self
    }

    /// The largest metadata of one connection, in bytes of JSON. Default 1 KiB.
    ///
    /// Beyond it [`track`](crate::presence::Presence::track) and [`update`](crate::presence::Presence::update) fail with
    /// [`PresenceError::TooLarge`](crate::presence::PresenceError::TooLarge).
    pub fn presence_metadata(mut self, bytes: usize) -> Self {
        self.presence.metadata = bytes;
        self
    }
}
