//! What is missing in one place of an outbox.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Item;
use crate::cause::Cause;

/// What a policy dropped in one place, or the bus to other nodes may have lost.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    /// When the first of them was dropped: milliseconds since 1970.
    pub(crate) since: u64,
    /// How many are known to be missing.
    pub(crate) dropped: usize,
    /// Whether they were events, and so stand among those.
    pub(crate) of_events: bool,
    pub(crate) cause: Cause,
}

impl Gap {
    /// What the bus has lost, nobody knows how much.
    pub(crate) fn unknown(since: SystemTime, cause: Cause) -> Self {
        let since = since.duration_since(UNIX_EPOCH);
        Self {
            since: since.map_or(0, |since| since.as_millis() as u64),
            dropped: 0,
            of_events: true,
            cause,
        }
    }

    pub(super) fn of(dropped: &Item) -> Self {
        let mut gap = Self {
            of_events: false,
            ..Self::unknown(SystemTime::now(), Cause::NONE)
        };
        gap.add(dropped);
        gap
    }

    pub(super) fn add(&mut self, dropped: &Item) {
        self.dropped += dropped.weight().0;
        self.of_events |= matches!(dropped, Item::Event(_));
        self.wait_for(dropped.cause());
    }

    /// Takes in the next one.
    pub(super) fn join(&mut self, next: &Self) {
        self.since = self.since.min(next.since);
        self.dropped += next.dropped;
        self.of_events |= next.of_events;
        self.wait_for(&next.cause);
    }

    /// One cause is enough for a test to wait for; none is dropped here, where the outbox is locked.
    fn wait_for(&mut self, cause: &Cause) {
        if self.cause.is_none() {
            self.cause = cause.clone();
        }
    }
}
