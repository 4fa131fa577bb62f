//! Whatever comes in whatever order: the roster is right, and everybody knows it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};

use super::{
    batch::{Batch, Fate, Pending},
    engine::{Change, EngineError, Entry, Kind},
    roster::{Limits, Roster},
};
use crate::connection::ConnectionId;

const GRACE: Duration = Duration::from_secs(10);
const LIMITS: Limits = Limits {
    grace: GRACE,
    entries: 1000,
};

/// What happens to a group.
#[derive(Clone, Debug)]
enum Step {
    /// A connection of this user comes.
    Join(u8),
    /// One of the connections goes, cleanly or not.
    Leave(usize),
    /// One goes and comes back at once.
    Reload(usize),
    /// One says this of itself.
    Update(usize, u8),
    /// One is somebody else from now on.
    Rename(usize, u8),
    /// Time passes.
    Wait(u16),
    /// Members are told.
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let user = 0..5_u8;
    let which = any::<usize>();
    vec(
        prop_oneof![
            4 => user.clone().prop_map(Step::Join),
            3 => which.prop_map(Step::Leave),
            1 => which.prop_map(Step::Reload),
            2 => (which, 0..3_u8).prop_map(|(which, meta)| Step::Update(which, meta)),
            1 => (which, user).prop_map(|(which, user)| Step::Rename(which, user)),
            2 => (0..12_000_u16).prop_map(Step::Wait),
            2 => Just(Step::Flush),
        ],
        0..60,
    )
}

fn name(user: u8) -> Arc<str> {
    format!("user {user}").into()
}

/// A group, and what its members know of it.
struct World {
    limits: Limits,
    now: Duration,
    roster: Roster,
    pending: Pending,
    /// The connections there are, whose each is, and what its client believes.
    members: BTreeMap<ConnectionId, (Arc<str>, Beliefs)>,
    /// Since when each user has no connection.
    gone: BTreeMap<Arc<str>, Duration>,
    revision: u64,
}

/// Who is present, and what each said last, as a client works it out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Beliefs(BTreeMap<Arc<str>, Bytes>);

impl Beliefs {
    fn hear(&mut self, batch: &Batch) {
        for (user, fate) in &batch.users {
            let before = self.0.contains_key(user);
            match fate {
                Fate::Joined(present) => {
                    assert!(!before, "{user} joins twice");
                    self.0
                        .insert(Arc::clone(user), present.metas.last().unwrap().clone());
                }
                Fate::Updated(present) => {
                    assert!(before, "{user} is updated, and is not present");
                    self.0
                        .insert(Arc::clone(user), present.metas.last().unwrap().clone());
                }
                Fate::Left => {
                    assert!(before, "{user} leaves, and is not present");
                    self.0.remove(user);
                }
            }
        }
        assert_eq!(batch.totals.users, self.0.len(), "what a batch ends with");
    }
}

impl World {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            now: Duration::ZERO,
            roster: Roster::new(0),
            pending: Pending::default(),
            members: BTreeMap::new(),
            gone: BTreeMap::new(),
            revision: 0,
        }
    }

    fn hear(&mut self, changes: Vec<Change>) {
        for change in changes {
            assert!(change.revision > self.revision);
            self.revision = change.revision;
            self.pending.add(change);
        }
    }

    fn join(&mut self, user: &Arc<str>, meta: u8) {
        let connection = ConnectionId::next();
        let before = self.roster.list(None, usize::MAX);
        let seen = self.roster.revision();
        let entry = Entry {
            user: Arc::clone(user),
            connection,
            meta: vec![meta].into(),
        };
        self.pending.expect();
        let changes = self.roster.enter(self.now, self.limits, entry).unwrap();
        self.hear(changes);
        self.pending.welcome(connection, seen);
        let beliefs = before
            .into_iter()
            .map(|present| (present.user, present.metas.last().unwrap().clone()));
        let member = (Arc::clone(user), Beliefs(beliefs.collect()));
        self.members.insert(connection, member);
        self.gone.remove(user);
    }

    fn leave(&mut self, connection: ConnectionId) -> Arc<str> {
        let (user, _) = self.members.remove(&connection).unwrap();
        self.pending.forget(connection);
        let changes = self.roster.exit(self.now, self.limits, connection);
        self.hear(changes);
        self.lost(&user);
        user
    }

    fn lost(&mut self, user: &Arc<str>) {
        if self.members.values().all(|(other, _)| other != user) {
            self.gone.insert(Arc::clone(user), self.now);
        }
    }

    fn sweep(&mut self) {
        let changes = self.roster.sweep(self.now);
        self.hear(changes);
    }

    fn flush(&mut self) {
        let told = self.pending.take();
        let newcomers: BTreeMap<_, _> = told.newcomers.into_iter().collect();
        for (connection, (_, beliefs)) in &mut self.members {
            let batches = newcomers.get(connection).unwrap_or(&told.others);
            for batch in batches {
                beliefs.hear(batch);
            }
        }
    }

    fn take(&mut self, step: &Step) {
        let pick = |which: usize| {
            let count = self.members.len();
            let nth = (count > 0).then(|| which % count)?;
            self.members.keys().nth(nth).copied()
        };
        match *step {
            Step::Join(user) => self.join(&name(user), 0),
            Step::Leave(which) => {
                if let Some(connection) = pick(which) {
                    self.leave(connection);
                }
            }
            Step::Reload(which) => {
                if let Some(connection) = pick(which) {
                    let user = self.leave(connection);
                    self.join(&user, 0);
                }
            }
            Step::Update(which, meta) => {
                if let Some(connection) = pick(which) {
                    let change = self.roster.update(self.now, connection, vec![meta].into());
                    self.hear(change.into_iter().collect());
                }
            }
            Step::Rename(which, user) => {
                if let Some(connection) = pick(which) {
                    self.rename(connection, &name(user));
                }
            }
            Step::Wait(millis) => {
                self.now += Duration::from_millis(millis.into());
                self.sweep();
            }
            Step::Flush => self.flush(),
        }
        self.check();
    }

    fn rename(&mut self, connection: ConnectionId, user: &Arc<str>) {
        let entry = Entry {
            user: Arc::clone(user),
            connection,
            meta: vec![0].into(),
        };
        let changes = self.roster.enter(self.now, self.limits, entry).unwrap();
        self.hear(changes);
        let (known, _) = self.members.get_mut(&connection).unwrap();
        let before = std::mem::replace(known, Arc::clone(user));
        self.lost(&before);
        self.gone.remove(user);
    }

    /// Who is present: whoever has a connection, or has had one less than the grace ago.
    fn check(&self) {
        let mut expected: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for (user, _) in self.members.values() {
            *expected.entry(user).or_default() += 1;
        }
        for (user, since) in &self.gone {
            if self.now < *since + self.limits.grace {
                expected.entry(user).or_default();
            }
        }
        let listed = self.roster.list(None, usize::MAX);
        let found: BTreeMap<_, _> = listed
            .iter()
            .map(|present| (&present.user, present.connections))
            .collect();
        assert_eq!(found, expected);
        let totals = self.roster.totals();
        assert_eq!(totals.users, expected.len());
        assert_eq!(totals.connections, expected.values().sum::<usize>());
    }

    fn agree(&mut self) {
        self.flush();
        let listed = self.roster.list(None, usize::MAX);
        let roster = Beliefs(
            listed
                .into_iter()
                .map(|present| (present.user, present.metas.last().unwrap().clone()))
                .collect(),
        );
        for (_, beliefs) in self.members.values() {
            assert_eq!(*beliefs, roster);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_roster_is_right_and_everybody_knows_it(
        steps in steps(),
        grace in prop_oneof![Just(Duration::ZERO), Just(Duration::from_millis(50)), Just(GRACE)],
    ) {
        let mut world = World::new(Limits { grace, ..LIMITS });
        for step in &steps {
            world.take(step);
        }
        world.agree();
        world.now += GRACE;
        world.sweep();
        world.check();
        world.agree();
        let live: BTreeSet<_> = world.members.values().map(|(user, _)| user.clone()).collect();
        let listed = world.roster.list(None, usize::MAX);
        prop_assert!(listed.iter().map(|present| &present.user).eq(&live));
    }

    #[test]
    fn paging_lists_everybody_once(users in 0..40_u8, page in 1..7_usize) {
        let mut world = World::new(LIMITS);
        for user in 0..users {
            world.join(&name(user), 0);
        }
        let mut listed = Vec::new();
        loop {
            let after = listed.last().map(|present: &super::RawPresent| Arc::clone(&present.user));
            let more = world.roster.list(after.as_deref(), page);
            if more.is_empty() {
                break;
            }
            listed.extend(more);
        }
        prop_assert_eq!(listed, world.roster.list(None, usize::MAX));
    }
}

fn entry(user: &str, connection: ConnectionId) -> Entry {
    Entry {
        user: user.into(),
        connection,
        meta: Bytes::new(),
    }
}

#[test]
fn users_in_their_grace_take_room_which_they_have_when_they_come_back() {
    let limits = Limits {
        entries: 2,
        ..LIMITS
    };
    let mut roster = Roster::new(0);
    let [ann, ben, other] = [(); 3].map(|()| ConnectionId::next());
    let now = Duration::ZERO;
    roster.enter(now, limits, entry("ann", ann)).unwrap();
    roster.enter(now, limits, entry("ben", ben)).unwrap();
    roster.exit(now, limits, ann);
    let refused = roster.enter(now, limits, entry("eve", other));
    assert!(matches!(refused, Err(EngineError::Full { limit: 2, .. })));
    let back = roster.enter(now, limits, entry("ann", other)).unwrap();
    assert_eq!(back[0].kind, Kind::Counted);
}

#[test]
fn who_updates_without_end_takes_no_more_room() {
    let mut world = World::new(LIMITS);
    world.join(&name(0), 0);
    world.join(&name(1), 0);
    world.flush();
    let connection = *world.members.keys().next().unwrap();
    for round in 0..100_u8 {
        let change = world
            .roster
            .update(world.now, connection, vec![round + 1].into());
        world.hear(change.into_iter().collect());
    }
    assert_eq!(world.pending.len(), 1);
    world.agree();
}
