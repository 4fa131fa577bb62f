//! Changes that are gathered for a while, to be told together.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    engine::{Change, Kind, RawPresent},
    types::Totals,
};
use crate::connection::ConnectionId;

/// What members are told at once; each user is in it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) totals: Totals,
    pub(super) users: BTreeMap<Arc<str>, Fate>,
}

/// What has become of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Joined(RawPresent),
    Updated(RawPresent),
    Left,
}

/// What is still to be told.
#[derive(Debug, Default)]
pub(super) struct Pending {
    log: Vec<Entry>,
    /// Where the last entry of each user is.
    last: HashMap<Arc<str>, usize>,
    /// Who has come since the others were told last: they know of everything up to this revision.
    newcomers: HashMap<ConnectionId, u64>,
    /// Somebody is about to come, and nobody can say yet what that one has seen.
    expects: bool,
    totals: Totals,
    revision: u64,
}

#[derive(Debug)]
struct Entry {
    revision: u64,
    totals: Totals,
    user: Arc<str>,
    fate: Fate,
}

/// What is told now, oldest first. It is as a rule one batch each.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// To all but the newcomers.
    pub(super) others: Vec<Batch>,
    /// To each newcomer, what it has not seen when it came.
    pub(super) newcomers: Vec<(ConnectionId, Vec<Batch>)>,
}

impl Pending {
    /// Takes note of a change, unless it is known. `true`: there is something to tell.
    pub(super) fn add(&mut self, change: Change) -> bool {
        let Change {
            revision,
            totals,
            kind,
            ..
        } = change;
        if revision <= self.revision {
            return false;
        }
        self.totals = totals;
        self.revision = revision;
        let (user, fate) = match kind {
            Kind::Joined(present) => (Arc::clone(&present.user), Fate::Joined(present)),
            Kind::Updated(present) => (Arc::clone(&present.user), Fate::Updated(present)),
            Kind::Left(user) => (user, Fate::Left),
            Kind::Counted => return false,
        };
        if !self.replace(&user, &fate) {
            self.last.insert(Arc::clone(&user), self.log.len());
            self.log.push(Entry {
                revision,
                totals,
                user,
                fate,
            });
        }
        true
    }

    /// Puts what a user says now in the place of what the user said before, if nobody has come in between: however
    /// often somebody says something else, it takes no more room.
    fn replace(&mut self, user: &str, fate: &Fate) -> bool {
        let Fate::Updated(now) = fate else {
            return false;
        };
        let Some(entry) = self.last.get(user).and_then(|at| self.log.get_mut(*at)) else {
            return false;
        };
        if self.expects || self.newcomers.values().any(|seen| *seen >= entry.revision) {
            return false;
        }
        match &mut entry.fate {
            Fate::Joined(present) | Fate::Updated(present) => {
                present.clone_from(now);
                true
            }
            Fate::Left => false,
        }
    }

    /// Somebody is about to come.
    pub(super) fn expect(&mut self) {
        self.expects = true;
    }

    /// A connection has come that knows of everything up to this revision.
    pub(super) fn welcome(&mut self, connection: ConnectionId, revision: u64) {
        self.newcomers.insert(connection, revision);
        self.expects = false;
    }

    /// A connection has gone.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.newcomers.remove(&connection);
    }

    /// What is to be told now.
    pub(super) fn take(&mut self) -> Told {
        let log = std::mem::take(&mut self.log);
        self.last.clear();
        self.expects = false;
        let newcomers = std::mem::take(&mut self.newcomers).into_iter();
        let batches = |seen| batches(&log, seen, self.totals);
        Told {
            others: batches(0),
            newcomers: newcomers.map(|(id, seen)| (id, batches(seen))).collect(),
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.log.len()
    }

    /// How many were present after the last change.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }
}

/// What is not seen yet, with a user in each batch once: whoever joins and leaves, or the other way round, does so in two.
fn batches(log: &[Entry], seen: u64, totals: Totals) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for entry in log.iter().filter(|entry| entry.revision > seen) {
        let known = batches.last().and_then(|last| last.users.get(&entry.user));
        let fate = match (known, &entry.fate) {
            // Who has joined in this batch is shown as it is now.
            (Some(Fate::Joined(_)), Fate::Updated(present)) => Some(Fate::Joined(present.clone())),
            (Some(Fate::Updated(_)) | None, fate) => Some(fate.clone()),
            (Some(_), _) => None,
        };
        if fate.is_none() || batches.is_empty() {
            batches.push(Batch::default());
        }
        if let Some(last) = batches.last_mut() {
            last.totals = entry.totals;
            let fate = fate.unwrap_or_else(|| entry.fate.clone());
            last.users.insert(Arc::clone(&entry.user), fate);
        }
    }
    if let Some(last) = batches.last_mut() {
        last.totals = totals;
    }
    batches
}
