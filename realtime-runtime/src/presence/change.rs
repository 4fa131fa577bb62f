//! What happens to those who are present in a group.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use super::types::Totals;
use crate::connection::ConnectionId;

/// A connection that enters a group.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) user: Arc<str>,
    pub(super) connection: ConnectionId,
    pub(super) meta: Bytes,
    /// Where the user is present, what it said last counts instead.
    pub(super) resume: bool,
}

/// What has become of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Higher than that of the change before.
    pub(super) revision: u64,
    pub(super) totals: Totals,
    pub(super) user: Arc<str>,
    /// `None`: not present.
    pub(super) before: Option<RawPresent>,
    /// `None`: not present.
    pub(super) now: Option<RawPresent>,
    /// After how long somebody's grace is over, and those who are then gone are to be looked for.
    pub(super) wake: Option<Duration>,
}

impl Change {
    /// Whether it concerns others: a connection more or less does not.
    pub(super) fn is_news(&self) -> bool {
        let latest = |present: &Option<RawPresent>| {
            let present = present.as_ref();
            present.map(|present| present.latest.clone())
        };
        latest(&self.before) != latest(&self.now)
    }
}

/// A user who is present, with metadata as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawPresent {
    pub(super) user: Arc<str>,
    pub(super) connections: usize,
    /// What any of its connections said last.
    pub(super) latest: Bytes,
}

/// The group has so many entries already. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full {
    pub(super) limit: usize,
}
