//! Whatever comes in whatever order: the roster is right, and everybody knows it.

mod nodes;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};

use super::{
    batch::{Batch, Pending},
    change::{Change, Entry, Full, RawPresent},
    roster::{Limits, Member, Roster},
};
use crate::{connection::ConnectionId, layer::NodeId};

const GRACE: Duration = Duration::from_secs(10);
/// There is no other.
const NODE: NodeId = NodeId::known(0);
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
    /// All tabs of one's user say this.
    UpdateUser(usize, u8),
    /// Members are told.
    Flush,
    /// Members are told, and meanwhile this happens; it may fail.
    Tell(Box<Step>, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let telling = (step(), any::<bool>());
    let telling = telling.prop_map(|(step, fails)| Step::Tell(Box::new(step), fails));
    vec(prop_oneof![9 => step(), 1 => telling], 0..60)
}

fn step() -> impl Strategy<Value = Step> {
    let user = 0..5_u8;
    let which = any::<usize>();
    prop_oneof![
        4 => user.clone().prop_map(Step::Join),
        3 => which.prop_map(Step::Leave),
        1 => which.prop_map(Step::Reload),
        2 => (which, 0..3_u8).prop_map(|(which, meta)| Step::Update(which, meta)),
        1 => (which, user).prop_map(|(which, user)| Step::Rename(which, user)),
        2 => (0..12_000_u16).prop_map(Step::Wait),
        1 => (which, 0..3_u8).prop_map(|(which, meta)| Step::UpdateUser(which, meta)),
        2 => Just(Step::Flush),
    ]
}

fn member(connection: ConnectionId) -> Member {
    Member {
        node: NODE,
        connection,
    }
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
        for present in &batch.joined {
            let before = self
                .0
                .insert(Arc::clone(&present.user), present.latest.clone());
            assert_eq!(before, None, "{} joins twice", present.user);
        }
        for present in &batch.updated {
            let before = self
                .0
                .insert(Arc::clone(&present.user), present.latest.clone());
            assert!(
                before.is_some_and(|before| before != present.latest),
                "an update is one"
            );
        }
        for user in &batch.left {
            assert!(
                self.0.remove(user).is_some(),
                "{user} leaves, and is not present"
            );
        }
        assert_eq!(batch.totals.users, self.0.len(), "what a batch ends with");
    }

    fn of(present: Vec<RawPresent>) -> Self {
        let present = present.into_iter();
        Self(
            present
                .map(|present| (present.user, present.latest))
                .collect(),
        )
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
        let entry = Entry {
            user: Arc::clone(user),
            connection,
            meta: vec![meta].into(),
            resume: false,
        };
        let changes = self
            .roster
            .enter(self.now, self.limits, NODE, entry)
            .unwrap();
        self.hear(changes);
        let found = self.pending.as_told(self.roster.list(None, usize::MAX));
        let member = (Arc::clone(user), Beliefs::of(found));
        self.members.insert(connection, member);
        self.gone.remove(user);
    }

    fn leave(&mut self, connection: ConnectionId) -> Arc<str> {
        let (user, _) = self.members.remove(&connection).unwrap();
        let changes = self.roster.exit(self.now, self.limits, member(connection));
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

    /// Tells members; meanwhile something happens.
    fn tell(&mut self, meanwhile: Option<&Step>, fails: bool) {
        let batch = self.pending.take();
        if let Some(step) = meanwhile {
            self.take(step);
        }
        let Some(batch) = batch else {
            return;
        };
        if fails {
            self.pending.failed();
            return;
        }
        for (_, beliefs) in self.members.values_mut() {
            let mut batch = batch.clone();
            // Totals are as they were when it was made.
            batch.totals.users = beliefs.0.len() + batch.joined.len() - batch.left.len();
            beliefs.hear(&batch);
        }
        self.pending.told();
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
                    let (member, meta) = (member(connection), vec![meta].into());
                    let changes = self.roster.update(self.now, self.limits, member, meta);
                    self.hear(changes);
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
            Step::UpdateUser(which, meta) => {
                let user = pick(which).and_then(|id| self.members.get(&id));
                if let Some((user, _)) = user {
                    let user = Arc::clone(user);
                    let meta = vec![meta].into();
                    let updated = self.roster.update_user(self.now, NODE, &user, &meta);
                    self.hear(updated.into_iter().map(|(_, change)| change).collect());
                }
            }
            Step::Flush => self.tell(None, false),
            // One telling after the other.
            Step::Tell(ref step, fails) => match **step {
                Step::Tell(..) | Step::Flush => self.tell(None, fails),
                ref step => self.tell(Some(step), fails),
            },
        }
        self.check();
    }

    fn rename(&mut self, connection: ConnectionId, user: &Arc<str>) {
        let entry = Entry {
            user: Arc::clone(user),
            connection,
            meta: vec![0].into(),
            resume: false,
        };
        let changes = self
            .roster
            .enter(self.now, self.limits, NODE, entry)
            .unwrap();
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
        self.tell(None, false);
        let roster = Beliefs::of(self.roster.list(None, usize::MAX));
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
            let after = listed.last().map(|present: &RawPresent| Arc::clone(&present.user));
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
        resume: false,
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
    roster.enter(now, limits, NODE, entry("ann", ann)).unwrap();
    roster.enter(now, limits, NODE, entry("ben", ben)).unwrap();
    roster.exit(now, limits, member(ann));
    let refused = roster.enter(now, limits, NODE, entry("eve", other));
    assert_eq!(refused, Err(Full { limit: 2 }));
    let back = roster
        .enter(now, limits, NODE, entry("ann", other))
        .unwrap();
    assert!(!back[0].is_news());
}

#[test]
fn whoever_is_refused_as_somebody_else_stays_who_it_was() {
    let limits = Limits {
        entries: 1,
        ..LIMITS
    };
    let mut roster = Roster::new(0);
    let ann = ConnectionId::next();
    let now = Duration::ZERO;
    roster.enter(now, limits, NODE, entry("ann", ann)).unwrap();
    let refused = roster.enter(now, limits, NODE, entry("eve", ann));
    assert_eq!(refused, Err(Full { limit: 1 }));
    assert_eq!(roster.find("ann").unwrap().connections, 1);
    assert_eq!(roster.find("eve"), None);
}

#[test]
fn who_resumes_says_what_was_said_last() {
    let mut roster = Roster::new(0);
    let [first, second] = [(); 2].map(|()| ConnectionId::next());
    let now = Duration::ZERO;
    let said = |meta: &'static str, connection| Entry {
        meta: meta.into(),
        resume: true,
        ..entry("ann", connection)
    };
    roster
        .enter(now, LIMITS, NODE, said("first", first))
        .unwrap();
    let changes = roster
        .enter(now, LIMITS, NODE, said("second", second))
        .unwrap();
    assert!(!changes[0].is_news());
    assert_eq!(roster.metas("ann"), ["first", "first"]);
}
