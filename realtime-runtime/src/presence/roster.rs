//! Who is present in one group, as a state machine: what happens goes in, with its time; what has changed comes out.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;

use super::{
    engine::{Change, EngineError, Entry, Kind, RawPresent},
    types::Totals,
};
use crate::connection::ConnectionId;

/// Who is present in one group.
///
/// A user is present from its first connection on until the grace after its last one is over.
#[derive(Debug, Default)]
pub(super) struct Roster {
    users: BTreeMap<Arc<str>, User>,
    /// Whose each connection is.
    connections: HashMap<ConnectionId, Arc<str>>,
    /// When the grace of each user without a connection is over.
    graces: BTreeSet<(Duration, Arc<str>)>,
    revision: u64,
}

/// A user who is present.
#[derive(Debug)]
enum User {
    /// With these connections; what was said last is at the end.
    Here(Vec<(ConnectionId, Bytes)>),
    /// Without one since a while: until when that counts for nothing, and what was said last.
    Leaving(Duration, Bytes),
}

impl User {
    fn latest(&self) -> Option<&Bytes> {
        match self {
            Self::Here(connections) => connections.last().map(|(_, meta)| meta),
            Self::Leaving(_, meta) => Some(meta),
        }
    }

    fn show(&self, name: &Arc<str>) -> RawPresent {
        let (connections, metas) = match self {
            Self::Here(connections) => {
                let metas = connections.iter().map(|(_, meta)| meta.clone());
                (connections.len(), metas.collect())
            }
            Self::Leaving(_, meta) => (0, vec![meta.clone()]),
        };
        RawPresent {
            user: Arc::clone(name),
            connections,
            metas,
        }
    }
}

impl Roster {
    /// Of nobody; its first change is after this revision.
    pub(super) fn new(revision: u64) -> Self {
        Self {
            revision,
            ..Self::default()
        }
    }

    /// That of the last change.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// A connection comes, or says something else of itself. As another user than before, it goes first.
    pub(super) fn enter(
        &mut self,
        now: Duration,
        limits: Limits,
        entry: Entry,
    ) -> Result<Vec<Change>, EngineError> {
        let Entry {
            user,
            connection,
            meta,
        } = entry;
        let mut changes = Vec::new();
        match self.connections.get(&connection) {
            Some(known) if *known == user => {
                changes.extend(self.update(now, connection, meta));
                return Ok(changes);
            }
            Some(_) => changes.extend(self.exit(now, limits, connection)),
            None => {}
        }
        let is_leaving = matches!(self.users.get(&user), Some(User::Leaving(..)));
        if !is_leaving && self.entries() >= limits.entries {
            return Err(EngineError::Full {
                limit: limits.entries,
                changes,
            });
        }
        self.connections.insert(connection, Arc::clone(&user));
        let own = (connection, meta);
        let kind = match self.users.get_mut(&user) {
            None => {
                self.users.insert(Arc::clone(&user), User::Here(vec![own]));
                Said::Joined
            }
            Some(known) => {
                let same = known.latest() == Some(&own.1);
                match known {
                    User::Here(connections) => connections.push(own),
                    User::Leaving(until, _) => {
                        self.graces.remove(&(*until, Arc::clone(&user)));
                        *known = User::Here(vec![own]);
                    }
                }
                Said::unless(same)
            }
        };
        changes.push(self.change(now, kind, &user));
        Ok(changes)
    }

    /// A connection says something else of itself. `None`: it is not here, or said the same last.
    pub(super) fn update(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        meta: Bytes,
    ) -> Option<Change> {
        let user = Arc::clone(self.connections.get(&connection)?);
        let Some(User::Here(connections)) = self.users.get_mut(&user) else {
            return None;
        };
        let same = connections.last().is_some_and(|(_, last)| *last == meta);
        let place = connections.iter().position(|(id, _)| *id == connection)?;
        connections.remove(place);
        connections.push((connection, meta));
        Some(self.change(now, Said::unless(same), &user))
    }

    /// A connection goes.
    pub(super) fn exit(
        &mut self,
        now: Duration,
        limits: Limits,
        connection: ConnectionId,
    ) -> Vec<Change> {
        let Some(user) = self.connections.remove(&connection) else {
            return Vec::new();
        };
        let Some(known) = self.users.get_mut(&user) else {
            return Vec::new();
        };
        let User::Here(connections) = known else {
            return Vec::new();
        };
        let Some(place) = connections.iter().position(|(id, _)| *id == connection) else {
            return Vec::new();
        };
        let before = connections.last().map(|(_, meta)| meta.clone());
        let (_, meta) = connections.remove(place);
        if connections.is_empty() {
            let until = now.saturating_add(limits.grace);
            *known = User::Leaving(until, meta);
            self.graces.insert((until, Arc::clone(&user)));
        }
        let same = known.latest() == before.as_ref();
        let mut changes = vec![self.change(now, Said::unless(same), &user)];
        changes.extend(self.sweep(now));
        changes
    }

    /// Those go whose grace is over.
    pub(super) fn sweep(&mut self, now: Duration) -> Vec<Change> {
        let mut changes = Vec::new();
        while let Some((until, _)) = self.graces.first()
            && *until <= now
            && let Some((_, user)) = self.graces.pop_first()
        {
            self.users.remove(&user);
            changes.push(self.change(now, Said::Left, &user));
        }
        changes
    }

    /// How long nobody's grace ends.
    pub(super) fn quiet_for(&self, now: Duration) -> Option<Duration> {
        let (until, _) = self.graces.first()?;
        Some(until.saturating_sub(now))
    }

    pub(super) fn totals(&self) -> Totals {
        Totals {
            users: self.users.len(),
            connections: self.connections.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    pub(super) fn find(&self, user: &str) -> Option<RawPresent> {
        let (name, user) = self.users.get_key_value(user)?;
        Some(user.show(name))
    }

    /// So many users, by name, after this one.
    pub(super) fn list(&self, after: Option<&str>, limit: usize) -> Vec<RawPresent> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let users = self.users.range::<str, _>((after, Bound::Unbounded));
        let users = users.take(limit);
        users.map(|(name, user)| user.show(name)).collect()
    }

    /// What takes room: connections, and users in their grace.
    fn entries(&self) -> usize {
        self.connections.len() + self.graces.len()
    }

    fn change(&mut self, now: Duration, said: Said, user: &Arc<str>) -> Change {
        self.revision += 1;
        let kind = match (said, self.find(user)) {
            (Said::Joined, Some(present)) => Kind::Joined(present),
            (Said::Updated, Some(present)) => Kind::Updated(present),
            (Said::Left, _) => Kind::Left(Arc::clone(user)),
            (Said::Nothing, _) | (_, None) => Kind::Counted,
        };
        Change {
            revision: self.revision,
            totals: self.totals(),
            kind,
            wake: self.quiet_for(now),
        }
    }
}

/// What a change is to those who look on.
#[derive(Clone, Copy)]
enum Said {
    Joined,
    Left,
    Updated,
    Nothing,
}

impl Said {
    fn unless(same: bool) -> Self {
        if same { Self::Nothing } else { Self::Updated }
    }
}

/// What a roster keeps to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How long a user without a connection counts as present.
    pub(super) grace: Duration,
    /// How many connections, and users in their grace, it has at most.
    pub(super) entries: usize,
}
