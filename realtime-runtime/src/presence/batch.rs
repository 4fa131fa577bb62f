//! Changes that are gathered for a while, to be told together.

use std::{
    collections::{BTreeMap, btree_map},
    sync::Arc,
};

use super::{
    change::{Change, RawPresent},
    types::Totals,
};

/// What members are told at once: what is different from what they were told last. Each user is in it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) totals: Totals,
    pub(super) joined: Vec<RawPresent>,
    pub(super) left: Vec<Arc<str>>,
    pub(super) updated: Vec<RawPresent>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.joined.is_empty() && self.left.is_empty() && self.updated.is_empty()
    }
}

/// A user about whom there is something to tell.
#[derive(Clone, Debug)]
struct Changed {
    /// As members were told last; `None`: not present.
    told: Option<RawPresent>,
    now: Option<RawPresent>,
}

/// What is still to be told.
#[derive(Debug, Default)]
pub(super) struct Pending {
    changed: BTreeMap<Arc<str>, Changed>,
    /// What is being told. Until that is done, it counts as not told.
    telling: BTreeMap<Arc<str>, Changed>,
    totals: Totals,
    revision: u64,
}

impl Pending {
    /// Takes note of a change, unless it is known. `true`: there is something to tell.
    pub(super) fn add(&mut self, change: Change) -> bool {
        if change.revision <= self.revision {
            return false;
        }
        self.totals = change.totals;
        self.revision = change.revision;
        let is_news = change.is_news();
        let Change {
            user, before, now, ..
        } = change;
        match self.changed.entry(user) {
            btree_map::Entry::Occupied(mut known) => known.get_mut().now = now,
            btree_map::Entry::Vacant(unknown) if is_news => {
                unknown.insert(Changed { told: before, now });
            }
            btree_map::Entry::Vacant(_) => {}
        }
        is_news
    }

    /// What is to be told now, if anything; [`Self::told`] or [`Self::failed`] says what came of it.
    pub(super) fn take(&mut self) -> Option<Batch> {
        self.telling = std::mem::take(&mut self.changed);
        let mut batch = Batch {
            totals: self.totals,
            ..Batch::default()
        };
        for (user, changed) in &self.telling {
            match (&changed.told, &changed.now) {
                (None, Some(now)) => batch.joined.push(now.clone()),
                (Some(_), None) => batch.left.push(Arc::clone(user)),
                (Some(told), Some(now)) if told.latest != now.latest => {
                    batch.updated.push(now.clone());
                }
                // In the end it is as it was.
                _ => {}
            }
        }
        if batch.is_empty() {
            self.telling.clear();
            return None;
        }
        Some(batch)
    }

    /// What was taken has been told.
    pub(super) fn told(&mut self) {
        self.telling.clear();
    }

    /// What was taken could not be told: it is still to be told.
    pub(super) fn failed(&mut self) {
        for (user, mut untold) in std::mem::take(&mut self.telling) {
            if let Some(newer) = self.changed.remove(&user) {
                untold.now = newer.now;
            }
            self.changed.insert(user, untold);
        }
    }

    /// Of those who are present, as members have been told.
    pub(super) fn as_told(&self, present: Vec<RawPresent>) -> Vec<RawPresent> {
        if self.changed.is_empty() && self.telling.is_empty() {
            return present;
        }
        let known = present.into_iter();
        let mut known: BTreeMap<_, _> = known
            .map(|present| (Arc::clone(&present.user), present))
            .collect();
        // What is being told is older.
        for (user, changed) in self.changed.iter().chain(&self.telling) {
            match &changed.told {
                Some(told) => known.insert(Arc::clone(user), told.clone()),
                None => known.remove(user),
            };
        }
        known.into_values().collect()
    }

    /// How many were present after the last change.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }
}
