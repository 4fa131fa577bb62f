//! Who is present in one group, as a state machine: what happens goes in, with its time; what has changed comes out.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;

use super::{
    change::{Change, Entry, Full, RawPresent},
    types::Totals,
};
use crate::{connection::ConnectionId, layer::NodeId};

/// A connection of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    pub(super) node: NodeId,
    pub(super) connection: ConnectionId,
}

/// When something was said, by whom: what was said later, as far as its node knew, is higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    said: u64,
    member: Member,
}

/// What a connection says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) user: Arc<str>,
    pub(super) meta: Bytes,
    /// See [`Place`].
    pub(super) said: u64,
}

/// Who is present in one group.
///
/// A user is present from its first connection on until the grace after its last one is over.
#[derive(Debug, Default)]
pub(super) struct Roster {
    users: BTreeMap<Arc<str>, User>,
    /// Whose each connection is, and its place among that user's.
    connections: BTreeMap<Member, (Arc<str>, Place)>,
    /// When the grace of each user without a connection is over.
    graces: BTreeSet<(Duration, Arc<str>)>,
    revision: u64,
    /// The last thing that was said.
    said: u64,
}

/// A user who is present.
#[derive(Debug)]
enum User {
    /// With these connections; what was said last is at the end.
    Here(BTreeMap<Place, Bytes>),
    /// Without one since a while: until when that counts for nothing, and what was said last.
    Leaving(Duration, Bytes),
}

impl User {
    fn show(&self, name: &Arc<str>) -> Option<RawPresent> {
        let (connections, latest) = match self {
            Self::Here(connections) => (connections.len(), connections.last_key_value()?.1),
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
    /// Of nobody; its first change has a higher revision than this, and what is said first a higher place.
    pub(super) fn new(floor: u64) -> Self {
        Self {
            revision: floor,
            said: floor,
            ..Self::default()
        }
    }

    /// What another one of the group may start with.
    pub(super) fn highest(&self) -> u64 {
        self.revision.max(self.said)
    }

    /// A connection of this node comes, or says something else of itself. As another user than before, it goes first.
    ///
    /// # Errors
    /// When there is no room for it. Nothing has changed then.
    pub(super) fn enter(
        &mut self,
        now: Duration,
        limits: Limits,
        node: NodeId,
        entry: Entry,
    ) -> Result<Vec<Change>, Full> {
        let Entry {
            user,
            connection,
            mut meta,
            resume,
        } = entry;
        if resume && let Some(known) = self.find(&user) {
            meta = known.latest;
        }
        let member = Member { node, connection };
        let known = self.connections.get(&member);
        if known.is_none_or(|(known, _)| *known != user)
            && self.entries() - self.freed_by(limits, member) + self.needed_by(&user)
                > limits.entries
        {
            let limit = limits.entries;
            return Err(Full { limit });
        }
        let said = self.said.saturating_add(1);
        Ok(self.put(now, limits, member, Said { user, meta, said }))
    }

    /// A connection of any node is here and says this.
    pub(super) fn put(
        &mut self,
        now: Duration,
        limits: Limits,
        member: Member,
        said: Said,
    ) -> Vec<Change> {
        let Said { user, meta, said } = said;
        self.said = self.said.max(said);
        let place = Place { said, member };
        let mut changes = Vec::new();
        let known = self.connections.get(&member);
        if known.is_some_and(|(known, _)| *known != user) {
            changes = self.exit(now, limits, member);
        }
        let before = self.find(&user);
        if let Some(User::Leaving(until, _)) = self.users.get(&user) {
            self.graces.remove(&(*until, Arc::clone(&user)));
            self.users.remove(&user);
        }
        let known = self.connections.insert(member, (Arc::clone(&user), place));
        let here = || User::Here(BTreeMap::new());
        if let User::Here(connections) = self.users.entry(Arc::clone(&user)).or_insert_with(here) {
            if let Some((_, known)) = known {
                connections.remove(&known);
            }
            connections.insert(place, meta);
        }
        changes.push(self.change(now, &user, before));
        changes
    }

    /// As another node has it, a user who is not known here is in its grace for so long.
    pub(super) fn leaving(
        &mut self,
        now: Duration,
        user: &Arc<str>,
        meta: Bytes,
        remaining: Duration,
    ) -> Option<Change> {
        if self.users.contains_key(user) || remaining.is_zero() {
            return None;
        }
        let until = now.saturating_add(remaining);
        self.graces.insert((until, Arc::clone(user)));
        self.users
            .insert(Arc::clone(user), User::Leaving(until, meta));
        Some(self.change(now, user, None))
    }

    /// What room a connection gives back when it goes: none if its user needs that for the grace.
    fn freed_by(&self, limits: Limits, member: Member) -> usize {
        let Some((user, _)) = self.connections.get(&member) else {
            return 0;
        };
        let is_last = matches!(self.users.get(user), Some(User::Here(all)) if all.len() == 1);
        usize::from(!is_last || limits.grace.is_zero())
    }

    /// What room a connection of this user takes: none if that of the grace becomes free.
    fn needed_by(&self, user: &str) -> usize {
        usize::from(!matches!(self.users.get(user), Some(User::Leaving(..))))
    }

    /// A connection says something else of itself. Empty: it is not here.
    pub(super) fn update(
        &mut self,
        now: Duration,
        limits: Limits,
        member: Member,
        meta: Bytes,
    ) -> Vec<Change> {
        let Some((user, _)) = self.connections.get(&member) else {
            return Vec::new();
        };
        let (user, said) = (Arc::clone(user), self.said.saturating_add(1));
        self.put(now, limits, member, Said { user, meta, said })
    }

    /// All connections of a user that are of this node say this, and so does the user who is in its grace. Returns which
    /// they are. `None`: not present.
    pub(super) fn update_user(
        &mut self,
        now: Duration,
        node: NodeId,
        user: &str,
        meta: &Bytes,
    ) -> Option<(Vec<ConnectionId>, Change)> {
        let before = self.find(user)?;
        let mut updated = Vec::new();
        match self.users.get_mut(user)? {
            User::Here(connections) => {
                let own = connections.iter_mut();
                for (place, said) in own.filter(|(place, _)| place.member.node == node) {
                    said.clone_from(meta);
                    updated.push(place.member.connection);
                }
            }
            User::Leaving(_, said) => said.clone_from(meta),
        }
        let user = Arc::clone(&before.user);
        Some((updated, self.change(now, &user, Some(before))))
    }

    /// A connection goes.
    pub(super) fn exit(&mut self, now: Duration, limits: Limits, member: Member) -> Vec<Change> {
        let Some((user, place)) = self.connections.remove(&member) else {
            return Vec::new();
        };
        let before = self.find(&user);
        if let Some(known) = self.users.get_mut(&user)
            && let User::Here(connections) = known
            && let Some(meta) = connections.remove(&place)
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
                said.cloned().collect()
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

    /// The connections of a node.
    pub(super) fn members_of(&self, node: NodeId) -> impl Iterator<Item = ConnectionId> {
        let [first, last] = [u64::MIN, u64::MAX].map(|number| Member {
            node,
            connection: ConnectionId::known(number),
        });
        let members = self.connections.range(first..=last);
        members.map(|(member, _)| member.connection)
    }

    /// What a connection says. `None`: it is not here.
    pub(super) fn said(&self, member: Member) -> Option<Said> {
        let (user, place) = self.connections.get(&member)?;
        let User::Here(connections) = self.users.get(user)? else {
            return None;
        };
        let meta = connections.get(place)?;
        Some(Said {
            user: Arc::clone(user),
            meta: meta.clone(),
            said: place.said,
        })
    }

    /// Who is in the grace, with what was said last, and for how long.
    pub(super) fn in_grace(
        &self,
        now: Duration,
    ) -> impl Iterator<Item = (&Arc<str>, &Bytes, Duration)> {
        self.graces.iter().filter_map(move |(until, user)| {
            let Some(User::Leaving(_, meta)) = self.users.get(user) else {
                return None;
            };
            Some((user, meta, until.saturating_sub(now)))
        })
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
