//! Who is present in one group, as a state machine: what happens goes in, with its time; what has changed comes out.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;

use super::{
    engine::{Change, EngineError, Entry, RawPresent},
    types::Totals,
};
use crate::connection::ConnectionId;

/// Who is present in one group.
///
/// A user is present from its first connection on until the grace after its last one is over.
#[derive(Debug, Default)]
pub(super) struct Roster {
    users: BTreeMap<Arc<str>, User>,
    /// Whose each connection is, and its place among that user's.
    connections: HashMap<ConnectionId, (Arc<str>, u64)>,
    /// When the grace of each user without a connection is over.
    graces: BTreeSet<(Duration, Arc<str>)>,
    revision: u64,
    /// How often something was said.
    said: u64,
}

/// A user who is present.
#[derive(Debug)]
enum User {
    /// With these connections; what was said last is at the end.
    Here(BTreeMap<u64, (ConnectionId, Bytes)>),
    /// Without one since a while: until when that counts for nothing, and what was said last.
    Leaving(Duration, Bytes),
}

impl User {
    fn show(&self, name: &Arc<str>) -> Option<RawPresent> {
        let (connections, latest) = match self {
            Self::Here(connections) => (connections.len(), &connections.last_key_value()?.1.1),
            Self::Leaving(_, meta) => (0, meta),
        };
        Some(RawPresent {
            user: Arc::clone(name),
            connections,
            latest: latest.clone(),
        })
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
    ///
    /// # Errors
    /// When there is no room for it. Nothing has changed then.
    pub(super) fn enter(
        &mut self,
        now: Duration,
        limits: Limits,
        entry: Entry,
    ) -> Result<Vec<Change>, EngineError> {
        let Entry {
            user,
            connection,
            mut meta,
            resume,
        } = entry;
        if resume && let Some(known) = self.find(&user) {
            meta = known.latest;
        }
        let known = self.connections.get(&connection);
        if known.is_some_and(|(known, _)| *known == user) {
            return Ok(self.update(now, connection, meta).into_iter().collect());
        }
        if self.entries() - self.freed_by(limits, connection) + self.needed_by(&user)
            > limits.entries
        {
            let limit = limits.entries;
            return Err(EngineError::Full { limit });
        }
        let mut changes = self.exit(now, limits, connection);
        let before = self.find(&user);
        if let Some(User::Leaving(until, _)) = self.users.get(&user) {
            self.graces.remove(&(*until, Arc::clone(&user)));
            self.users.remove(&user);
        }
        let place = self.next_place();
        self.connections
            .insert(connection, (Arc::clone(&user), place));
        let here = || User::Here(BTreeMap::new());
        if let User::Here(connections) = self.users.entry(Arc::clone(&user)).or_insert_with(here) {
            connections.insert(place, (connection, meta));
        }
        changes.push(self.change(now, &user, before));
        Ok(changes)
    }

    /// What room a connection gives back when it goes: none if its user needs that for the grace.
    fn freed_by(&self, limits: Limits, connection: ConnectionId) -> usize {
        let Some((user, _)) = self.connections.get(&connection) else {
            return 0;
        };
        let is_last = matches!(self.users.get(user), Some(User::Here(all)) if all.len() == 1);
        usize::from(!is_last || limits.grace.is_zero())
    }

    /// What room a connection of this user takes: none if that of the grace becomes free.
    fn needed_by(&self, user: &str) -> usize {
        usize::from(!matches!(self.users.get(user), Some(User::Leaving(..))))
    }

    fn next_place(&mut self) -> u64 {
        self.said += 1;
        self.said
    }

    /// A connection says something else of itself. `None`: it is not here.
    pub(super) fn update(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        meta: Bytes,
    ) -> Option<Change> {
        let next = self.next_place();
        let (user, place) = self.connections.get_mut(&connection)?;
        let (user, place) = (Arc::clone(user), std::mem::replace(place, next));
        let before = self.find(&user);
        if let Some(User::Here(connections)) = self.users.get_mut(&user) {
            connections.remove(&place);
            connections.insert(next, (connection, meta));
        }
        Some(self.change(now, &user, before))
    }

    /// All connections of a user say this, and so does the user who is in its grace. `None`: not present.
    pub(super) fn update_user(
        &mut self,
        now: Duration,
        user: &str,
        meta: &Bytes,
    ) -> Option<Change> {
        let before = self.find(user)?;
        match self.users.get_mut(user)? {
            User::Here(connections) => {
                for (_, said) in connections.values_mut() {
                    said.clone_from(meta);
                }
            }
            User::Leaving(_, said) => said.clone_from(meta),
        }
        let user = Arc::clone(&before.user);
        Some(self.change(now, &user, Some(before)))
    }

    /// A connection goes.
    pub(super) fn exit(
        &mut self,
        now: Duration,
        limits: Limits,
        connection: ConnectionId,
    ) -> Vec<Change> {
        let Some((user, place)) = self.connections.remove(&connection) else {
            return Vec::new();
        };
        let before = self.find(&user);
        if let Some(known) = self.users.get_mut(&user)
            && let User::Here(connections) = known
            && let Some((_, meta)) = connections.remove(&place)
            && connections.is_empty()
        {
            let until = now.saturating_add(limits.grace);
            *known = User::Leaving(until, meta);
            self.graces.insert((until, Arc::clone(&user)));
        }
        let mut changes = vec![self.change(now, &user, before)];
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
            let before = self.find(&user);
            self.users.remove(&user);
            changes.push(self.change(now, &user, before));
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
        user.show(name)
    }

    /// What each connection of a user says of itself, what was said last at the end.
    pub(super) fn metas(&self, user: &str) -> Vec<Bytes> {
        match self.users.get(user) {
            Some(User::Here(connections)) => {
                let said = connections.values();
                said.map(|(_, meta)| meta.clone()).collect()
            }
            Some(User::Leaving(..)) | None => Vec::new(),
        }
    }

    /// So many users, by name, after this one.
    pub(super) fn list(&self, after: Option<&str>, limit: usize) -> Vec<RawPresent> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let users = self.users.range::<str, _>((after, Bound::Unbounded));
        let users = users.take(limit);
        users.filter_map(|(name, user)| user.show(name)).collect()
    }

    /// What takes room: connections, and users in their grace.
    fn entries(&self) -> usize {
        self.connections.len() + self.graces.len()
    }

    fn change(&mut self, now: Duration, user: &Arc<str>, before: Option<RawPresent>) -> Change {
        self.revision += 1;
        Change {
            revision: self.revision,
            totals: self.totals(),
            user: Arc::clone(user),
            before,
            now: self.find(user),
            wake: self.quiet_for(now),
        }
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
