//! Several nodes on a bus that loses, holds up and cuts off: in the end all of them know who is present.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use proptest::{collection::vec, prelude::*};

use super::{Beliefs, GRACE, LIMITS, name};
use crate::{
    connection::ConnectionId,
    layer::NodeId,
    presence::{
        batch::Pending,
        change::{Entry, RawPresent},
        groups::{Audience, Groups},
        message::{Beat, Message, Part, Whole},
        peers::PERIOD,
        roster::Said,
        types::Totals,
    },
};

/// What happens to the nodes; they are counted modulo how many there are.
#[derive(Clone, Debug)]
enum Step {
    Join(usize, u8),
    Leave(usize, usize),
    Update(usize, usize, u8),
    UpdateUser(usize, u8, u8),
    /// A user's connection goes on one node and comes on another.
    Move(usize, usize, usize),
    /// A node tells what it has to tell.
    Speak(usize),
    /// It has told something, of which the bus has not yet said whether it takes it.
    Begin(usize),
    /// The bus takes that, or does not.
    End(usize, bool),
    /// One thing that is under way arrives.
    Deliver(usize),
    /// All that is under way arrives, and what comes of it.
    Settle,
    Wait(u16),
    /// What is under way to a node is lost, which it is told.
    Lose(usize),
    /// One thing that is under way is lost, which is told of its topic.
    LoseOne(usize),
    /// A node does not look at the group for long.
    Forget(usize),
    /// A node cannot reach the bus.
    Cut(usize),
    Heal(usize),
    Crash(usize),
    Start(usize),
    /// A node's members are told.
    Tell(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let node = 0..3_usize;
    let (user, which, meta) = (0..4_u8, any::<usize>(), 0..3_u8);
    let step = prop_oneof![
        6 => (node.clone(), user.clone()).prop_map(|(node, user)| Step::Join(node, user)),
        4 => (node.clone(), which).prop_map(|(node, which)| Step::Leave(node, which)),
        2 => (node.clone(), which, meta.clone()).prop_map(|(node, which, meta)| Step::Update(node, which, meta)),
        1 => (node.clone(), user, meta).prop_map(|(node, user, meta)| Step::UpdateUser(node, user, meta)),
        2 => (node.clone(), which, node.clone()).prop_map(|(from, which, to)| Step::Move(from, which, to)),
        6 => node.clone().prop_map(Step::Speak),
        2 => node.clone().prop_map(Step::Begin),
        2 => (node.clone(), any::<bool>()).prop_map(|(node, takes)| Step::End(node, takes)),
        8 => which.prop_map(Step::Deliver),
        2 => Just(Step::Settle),
        3 => (0..8_000_u16).prop_map(Step::Wait),
        1 => node.clone().prop_map(Step::Lose),
        2 => which.prop_map(Step::LoseOne),
        1 => node.clone().prop_map(Step::Forget),
        1 => node.clone().prop_map(Step::Cut),
        2 => node.clone().prop_map(Step::Heal),
        1 => node.clone().prop_map(Step::Crash),
        2 => node.clone().prop_map(Step::Start),
        3 => node.prop_map(Step::Tell),
    ];
    vec(step, 0..120)
}

/// A process.
struct Process {
    id: NodeId,
    groups: Groups,
    is_cut: bool,
    /// It keeps the group from being forgotten.
    holds: bool,
    /// It has forgotten the group.
    forgot: bool,
    /// What it has told, without an answer of the bus yet.
    begun: Vec<(Audience, Message)>,
    /// Whose the connections are.
    connections: BTreeMap<ConnectionId, Arc<str>>,
    next: u64,
    pending: Pending,
    /// What a member here believes.
    beliefs: Beliefs,
}

/// Nodes, and what is under way from one to the other on each topic.
struct Net {
    group: Arc<str>,
    now: Duration,
    tick: Duration,
    nodes: [Option<Process>; 3],
    started: u128,
    piece: usize,
    under_way: BTreeMap<(NodeId, NodeId, Audience), VecDeque<Message>>,
}

impl Net {
    fn new() -> Self {
        Self {
            group: "Lobby/all".into(),
            now: Duration::ZERO,
            tick: PERIOD,
            nodes: [None, None, None],
            started: 0,
            piece: 48 * 1024,
            under_way: BTreeMap::new(),
        }
    }

    fn of(nodes: usize) -> Self {
        Self::with_pieces(nodes, 48 * 1024)
    }

    fn with_pieces(nodes: usize, piece: usize) -> Self {
        let mut net = Self::new();
        net.piece = piece;
        (0..nodes).for_each(|nth| net.start(nth));
        net
    }

    fn start(&mut self, nth: usize) {
        if self.nodes[nth].is_some() {
            return;
        }
        self.started += 1;
        let id = NodeId::known(self.started);
        let mut groups = Groups::new(Some(id), LIMITS, self.piece);
        let entrance = groups.hold(self.now, &self.group);
        groups.greet();
        self.nodes[nth] = Some(Process {
            id,
            groups,
            is_cut: false,
            holds: true,
            forgot: false,
            begun: Vec::new(),
            connections: BTreeMap::new(),
            next: 0,
            pending: Pending::default(),
            beliefs: Beliefs::of(Vec::new()),
        });
        // As far as the bus carries it finds who is there.
        self.settle();
        let group = Arc::clone(&self.group);
        self.with(nth, |process, _| process.groups.inquire(&group));
        self.settle();
        entrance.known.set(()).unwrap();
        let found = self.list(nth);
        let process = self.nodes[nth].as_mut().unwrap();
        process.pending = Pending::default();
        process.beliefs = Beliefs::of(found);
    }

    /// Has a node do something, and hears what has changed.
    fn with<T>(&mut self, nth: usize, work: impl FnOnce(&mut Process, Duration) -> T) -> Option<T> {
        let process = self.nodes[nth].as_mut()?;
        let done = work(process, self.now);
        for (_, change) in process.groups.take_changes() {
            process.pending.add(change);
        }
        Some(done)
    }

    /// Has a node know the group again, if it does not.
    fn know(&mut self, nth: usize) {
        let group = Arc::clone(&self.group);
        let forgot = self.with(nth, |process, now| {
            if !std::mem::replace(&mut process.holds, true) {
                let entrance = process.groups.hold(now, &group);
                process.groups.inquire(&group);
                let _ = entrance.known.set(());
            }
            std::mem::take(&mut process.forgot)
        });
        if forgot == Some(true) {
            let found = self.list(nth);
            let process = self.nodes[nth].as_mut().unwrap();
            process.pending = Pending::default();
            process.beliefs = Beliefs::of(found);
        }
    }

    fn tick(&mut self, nth: usize) {
        let forgotten = self.with(nth, |process, now| {
            process.forgot |= !process.groups.tick(now).is_empty();
            process.forgot.then_some(process.id)
        });
        if let Some(Some(id)) = forgotten {
            // It is no longer on its topic.
            let is_lost = |to: NodeId, audience: &Audience| {
                to == id && matches!(audience, Audience::Group(_))
            };
            self.under_way
                .retain(|(_, to, audience), _| !is_lost(*to, audience));
        }
    }

    fn join(&mut self, nth: usize, user: &Arc<str>) {
        self.know(nth);
        let group = Arc::clone(&self.group);
        self.with(nth, |process, now| {
            process.next += 1;
            // Each process counts anew.
            let connection = ConnectionId::known(process.next);
            process.connections.insert(connection, Arc::clone(user));
            let entry = Entry {
                user: Arc::clone(user),
                connection,
                meta: "0".into(),
                resume: false,
            };
            process.groups.enter(now, &group, entry).unwrap();
        });
    }

    fn leave(&mut self, nth: usize, which: usize) -> Option<Arc<str>> {
        let group = Arc::clone(&self.group);
        self.with(nth, |process, now| {
            let connection = process.pick(which)?;
            process.groups.exit(now, &group, connection);
            process.connections.remove(&connection)
        })?
    }

    fn speak(&mut self, nth: usize) {
        self.end(nth, true);
        self.begin(nth);
        self.end(nth, true);
    }

    fn begin(&mut self, nth: usize) {
        self.with(nth, |process, now| {
            if process.begun.is_empty() {
                process.groups.retry();
                process.begun = process.groups.take(now, 10);
            }
        });
    }

    fn end(&mut self, nth: usize, takes: bool) {
        let Some((from, is_cut, messages)) = self.with(nth, |process, _| {
            let messages = std::mem::take(&mut process.begun);
            (process.id, process.is_cut, messages)
        }) else {
            return;
        };
        for (audience, message) in messages {
            if is_cut || !takes {
                match audience {
                    Audience::Group(group) => {
                        self.with(nth, |process, _| process.groups.failed(&group));
                    }
                    Audience::All => {
                        self.with(nth, |process, _| process.groups.expect_no_answers());
                    }
                    Audience::Node(_) => {}
                }
                continue;
            }
            for to in self.nodes.iter().flatten() {
                let hears = match audience {
                    Audience::Node(node) => node == to.id,
                    Audience::All => true,
                    Audience::Group(_) => !to.forgot,
                };
                if hears && !to.is_cut {
                    let way = (from, to.id, audience.clone());
                    let way = self.under_way.entry(way).or_default();
                    way.push_back(message.clone());
                }
            }
        }
    }

    fn deliver(&mut self, which: usize) -> bool {
        let count = self.under_way.len();
        if count == 0 {
            return false;
        }
        let way = self.under_way.keys().nth(which % count).unwrap().clone();
        let queue = self.under_way.get_mut(&way).unwrap();
        let message = queue.pop_front().unwrap();
        if queue.is_empty() {
            self.under_way.remove(&way);
        }
        let (from, to, audience) = way;
        let is_it = |process: &Option<Process>| process.as_ref().is_some_and(|it| it.id == to);
        if let Some(nth) = self.nodes.iter().position(is_it) {
            let group = match audience {
                Audience::Group(group) => Some(group),
                Audience::All | Audience::Node(_) => None,
            };
            self.with(nth, |process, now| {
                process.groups.hear(now, group.as_ref(), from, message);
            });
        }
        true
    }

    /// Until nobody has anything to tell, which is soon.
    fn settle(&mut self) {
        for _ in 0..100 {
            for nth in 0..self.nodes.len() {
                self.speak(nth);
            }
            if !self.deliver(0) {
                return;
            }
            while self.deliver(0) {}
        }
        panic!("they go on and on");
    }

    /// One thing that is under way is lost, which is told of its topic.
    fn lose_one(&mut self, which: usize) {
        let count = self.under_way.len();
        if count == 0 {
            return;
        }
        let way = self.under_way.keys().nth(which % count).unwrap().clone();
        let queue = self.under_way.get_mut(&way).unwrap();
        queue.pop_front();
        if queue.is_empty() {
            self.under_way.remove(&way);
        }
        let (_, to, audience) = way;
        let is_it = |process: &Option<Process>| process.as_ref().is_some_and(|it| it.id == to);
        if let Some(nth) = self.nodes.iter().position(is_it) {
            self.with(nth, |process, _| match audience {
                Audience::Group(group) => process.groups.missed(Some(&[group]), true),
                Audience::All | Audience::Node(_) => process.groups.missed(None, true),
            });
        }
    }

    fn wait(&mut self, duration: Duration, is_fair: bool) {
        let end = self.now + duration;
        while self.tick <= end {
            self.now = self.tick;
            self.tick += PERIOD;
            for nth in 0..self.nodes.len() {
                self.tick(nth);
            }
            if is_fair {
                self.settle();
            }
        }
        self.now = end;
        let group = Arc::clone(&self.group);
        for nth in 0..self.nodes.len() {
            self.with(nth, |process, now| process.groups.sweep(now, &group));
        }
    }

    /// What is under way to a node is lost.
    fn lose(&mut self, nth: usize) {
        if let Some(process) = &self.nodes[nth] {
            let id = process.id;
            self.under_way.retain(|(_, to, _), _| *to != id);
        }
    }

    fn cut(&mut self, nth: usize) {
        self.lose(nth);
        self.with(nth, |process, _| {
            process.is_cut = true;
            process.groups.missed(None, false);
        });
    }

    fn heal(&mut self, nth: usize) {
        self.with(nth, |process, _| {
            if std::mem::take(&mut process.is_cut) {
                process.groups.missed(None, true);
            }
        });
    }

    fn crash(&mut self, nth: usize) {
        self.lose(nth);
        self.nodes[nth] = None;
    }

    fn tell(&mut self, nth: usize) {
        self.with(nth, |process, _| {
            if let Some(batch) = process.pending.take() {
                process.beliefs.hear(&batch);
                process.pending.told();
            }
        });
    }

    fn list(&mut self, nth: usize) -> Vec<RawPresent> {
        let group = Arc::clone(&self.group);
        let list = self.with(nth, |process, now| {
            let list = |roster: &super::Roster| roster.list(None, usize::MAX);
            process.groups.look(now, &group, list)
        });
        list.unwrap_or_default()
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Join(nth, user) => self.join(nth, &name(user)),
            Step::Leave(nth, which) => {
                self.leave(nth, which);
            }
            Step::Update(nth, which, meta) => {
                let group = Arc::clone(&self.group);
                self.with(nth, |process, now| {
                    let meta = meta.to_string().into();
                    let connection = process.pick(which);
                    connection.map(|it| process.groups.update(now, &group, it, meta))
                });
            }
            Step::UpdateUser(nth, user, meta) => {
                let group = Arc::clone(&self.group);
                self.with(nth, |process, now| {
                    let meta = meta.to_string().into();
                    process.groups.update_user(now, &group, &name(user), &meta)
                });
            }
            Step::Move(from, which, to) => {
                if self.nodes[to].is_some()
                    && let Some(user) = self.leave(from, which)
                {
                    self.join(to, &user);
                }
            }
            Step::Speak(nth) => self.speak(nth),
            Step::Begin(nth) => self.begin(nth),
            Step::End(nth, takes) => self.end(nth, takes),
            Step::LoseOne(which) => self.lose_one(which),
            Step::Forget(nth) => {
                let group = Arc::clone(&self.group);
                self.with(nth, |process, _| {
                    if std::mem::take(&mut process.holds) {
                        process.groups.let_go(&group);
                    }
                });
                self.wait(Duration::from_secs(70), false);
            }
            Step::Deliver(which) => {
                self.deliver(which);
            }
            Step::Settle => self.settle(),
            Step::Wait(millis) => self.wait(Duration::from_millis(millis.into()), false),
            Step::Lose(nth) => {
                self.lose(nth);
                self.with(nth, |process, _| process.groups.missed(None, true));
            }
            Step::Cut(nth) => self.cut(nth),
            Step::Heal(nth) => self.heal(nth),
            Step::Crash(nth) => self.crash(nth),
            Step::Start(nth) => self.start(nth),
            Step::Tell(nth) => self.tell(nth),
        }
    }

    /// How many connections each user has on the nodes that live.
    fn truth(&self) -> BTreeMap<Arc<str>, usize> {
        let mut truth = BTreeMap::new();
        for user in self
            .nodes
            .iter()
            .flatten()
            .flat_map(|process| process.connections.values())
        {
            *truth.entry(Arc::clone(user)).or_default() += 1;
        }
        truth
    }

    /// Who has a connection, as a node knows it.
    fn known(&mut self, nth: usize) -> BTreeMap<Arc<str>, usize> {
        let listed = self.list(nth).into_iter();
        let listed = listed.filter(|present| present.connections > 0);
        listed
            .map(|present| (present.user, present.connections))
            .collect()
    }

    fn totals(&mut self, nth: usize) -> Totals {
        let group = Arc::clone(&self.group);
        let totals = self.with(nth, |process, now| {
            process.groups.look(now, &group, super::Roster::totals)
        });
        totals.unwrap_or_default()
    }
}

impl Process {
    fn pick(&self, which: usize) -> Option<ConnectionId> {
        let count = self.connections.len();
        let nth = (count > 0).then(|| which % count)?;
        self.connections.keys().nth(nth).copied()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nodes_that_reach_each_other_know_the_same_and_it_is_right(steps in steps()) {
        let mut net = Net::with_pieces(2, 150);
        for step in &steps {
            net.take(step);
            // Whoever has a connection here is present here, whatever the bus does.
            for nth in 0..net.nodes.len() {
                let here = net.nodes[nth].as_ref().map(|process| process.connections.values().cloned().collect());
                let here: BTreeSet<Arc<str>> = here.unwrap_or_default();
                let known = net.known(nth);
                prop_assert!(here.iter().all(|user| known.contains_key(user)));
            }
        }
        for nth in 0..net.nodes.len() {
            net.heal(nth);
            net.know(nth);
        }
        // Who is gone is known to be, and whoever was taken for gone has shown that it lives.
        net.wait(Duration::from_secs(30), true);
        let truth = net.truth();
        let mut listed = Vec::new();
        for nth in 0..net.nodes.len() {
            if net.nodes[nth].is_none() {
                continue;
            }
            prop_assert_eq!(&net.known(nth), &truth);
            net.tell(nth);
            let list = net.list(nth);
            let process = net.nodes[nth].as_ref().unwrap();
            prop_assert_eq!(&process.beliefs, &Beliefs::of(list.clone()));
            listed.push(list);
        }
        // What was said last is the same for all, too.
        prop_assert!(listed.windows(2).all(|two| two[0] == two[1]), "{:?}", listed);
    }

    #[test]
    fn without_faults_every_node_knows_all_as_soon_as_everything_has_arrived(steps in steps()) {
        let mut net = Net::with_pieces(3, 150);
        for step in &steps {
            match step {
                Step::Lose(_) | Step::LoseOne(_) | Step::Cut(_) | Step::Crash(_) | Step::End(_, false)
                | Step::Wait(_) | Step::Forget(_) => {}
                step => net.take(step),
            }
        }
        net.settle();
        let truth = net.truth();
        for nth in 0..3 {
            prop_assert_eq!(&net.known(nth), &truth);
        }
    }
}

#[test]
fn a_killed_nodes_connections_count_for_20_s_at_most_and_its_users_leave_once_after_the_grace() {
    for since_tick in [0, 1, 1500, 2999] {
        let mut net = Net::of(2);
        let (ann, ben) = (name(0), name(1));
        net.join(0, &ann);
        net.join(1, &ann);
        net.join(1, &ben);
        net.settle();
        net.wait(Duration::from_millis(since_tick), true);
        net.tell(0);
        net.crash(1);
        let mut left = Vec::new();
        let mut counted = Duration::ZERO;
        for tenths in 1..=400 {
            net.wait(Duration::from_millis(100), true);
            let elapsed = Duration::from_millis(100) * tenths;
            if net.totals(0).connections > 1 {
                counted = elapsed;
            }
            let before = net.list(0).len();
            net.tell(0);
            if before == 1 && left.is_empty() {
                left.push(elapsed);
            }
        }
        assert!(counted > Duration::from_secs(6), "not before {counted:?}");
        assert!(counted <= Duration::from_secs(20), "{counted:?}");
        assert!(
            left[0] >= counted + GRACE && left[0] <= Duration::from_secs(30),
            "{left:?}"
        );
        // Ann is here.
        assert_eq!(net.known(0), BTreeMap::from([(ann, 1)]));
    }
}

#[test]
fn while_the_bus_does_not_carry_nobody_is_gone() {
    let mut net = Net::of(2);
    net.join(0, &name(0));
    net.join(1, &name(1));
    net.settle();
    for nth in 0..2 {
        net.cut(nth);
    }
    net.wait(Duration::from_secs(3600), true);
    for nth in 0..2 {
        assert_eq!(net.known(nth).len(), 2);
    }
    for nth in 0..2 {
        net.heal(nth);
    }
    net.settle();
    net.wait(Duration::from_secs(60), true);
    for nth in 0..2 {
        assert_eq!(net.known(nth).len(), 2);
    }
}

#[test]
fn a_node_that_was_cut_off_is_gone_for_the_others_and_there_again_when_it_is_back() {
    let mut net = Net::of(2);
    net.join(0, &name(0));
    net.join(1, &name(1));
    net.settle();
    net.cut(1);
    net.wait(Duration::from_secs(30), true);
    assert_eq!(net.known(0).len(), 1);
    assert_eq!(net.known(1).len(), 2, "it cannot know that");
    net.heal(1);
    net.settle();
    assert_eq!(net.known(0).len(), 2);
}

#[test]
fn who_goes_on_on_another_node_has_never_left() {
    let mut net = Net::of(2);
    let ann = name(0);
    net.join(0, &ann);
    net.join(1, &name(1));
    net.settle();
    net.tell(1);
    net.leave(0, 0);
    net.settle();
    net.wait(GRACE / 2, true);
    net.join(1, &ann);
    net.settle();
    net.wait(GRACE * 3, true);
    for nth in 0..2 {
        let pending = &mut net.nodes[nth].as_mut().unwrap().pending;
        let batch = pending.take();
        assert_eq!(batch.filter(|batch| !batch.left.is_empty()), None);
        assert_eq!(net.known(nth).len(), 2);
    }
}

#[test]
fn a_node_that_comes_finds_who_is_in_the_grace() {
    let mut net = Net::of(1);
    net.join(0, &name(0));
    net.leave(0, 0);
    net.start(1);
    assert_eq!(
        net.totals(1),
        Totals {
            users: 1,
            connections: 0
        }
    );
    net.wait(GRACE, true);
    assert_eq!(net.totals(1), Totals::default());
}

#[test]
fn a_large_group_goes_in_pieces() {
    let mut net = Net::of(1);
    for number in 0..900 {
        net.join(0, &format!("{number:0200}").into());
    }
    net.settle();
    net.start(1);
    assert_eq!(net.totals(1).connections, 900);
    let pieces = |message: &Message| match message {
        Message::Whole(whole) => whole.piece.1,
        _ => 0,
    };
    let group = Arc::clone(&net.group);
    let told = net.with(0, |process, now| {
        process.groups.failed(&group);
        process.groups.retry();
        process.groups.take(now, 1)
    });
    let told = told.unwrap();
    assert!(told.len() > 3);
    for (_, message) in told {
        assert!(pieces(&message) > 3);
        assert!(message.encode(NodeId::known(1)).unwrap().len() < 64 * 1024);
    }
}

#[test]
fn a_group_that_nobody_needs_is_forgotten() {
    let mut net = Net::of(1);
    let group = Arc::clone(&net.group);
    net.join(0, &name(0));
    net.wait(Duration::from_secs(120), true);
    let forgotten = |net: &mut Net| {
        let now = net.now;
        net.with(0, |process, _| process.groups.tick(now)).unwrap()
    };
    net.with(0, |process, _| process.groups.let_go(&group));
    assert_eq!(forgotten(&mut net), [], "somebody is in it");
    net.leave(0, 0);
    net.settle();
    assert_eq!(forgotten(&mut net), [], "somebody is in the grace");
    net.wait(GRACE, true);
    assert_eq!(net.totals(0), Totals::default());
    net.with(0, |process, now| process.groups.hold(now, &group));
    net.with(0, |process, _| process.groups.let_go(&group));
    assert_eq!(forgotten(&mut net), [], "it was just looked at");
    net.now += Duration::from_secs(60);
    assert_eq!(forgotten(&mut net), [group]);
}

#[test]
fn what_goes_is_told_in_pieces_too() {
    let mut net = Net::of(1);
    let group = Arc::clone(&net.group);
    let told = net.with(0, |process, now| {
        for number in 0..10_000 {
            let connection = ConnectionId::known(10_000_000 + number);
            let entry = Entry {
                user: name(0),
                connection,
                meta: "0".into(),
                resume: false,
            };
            process.groups.enter(now, &group, entry).unwrap();
            process.groups.exit(now, &group, connection);
        }
        process.groups.take(now, 1)
    });
    let told = told.unwrap();
    assert!(told.len() > 3);
    for (_, message) in told {
        assert!(message.encode(NodeId::known(1)).unwrap().len() < 64 * 1024);
    }
}

#[test]
fn many_greetings_are_answered_once_and_many_gaps_ask_once() {
    let mut net = Net::of(2);
    let group = Arc::clone(&net.group);
    let other = net.nodes[0].as_ref().unwrap().id;
    let told = net.with(1, |process, now| {
        for _ in 0..1000 {
            let hello = Message::Beat(Beat {
                hello: true,
                ..Beat::default()
            });
            process.groups.hear(now, None, other, hello);
            process
                .groups
                .missed(Some(std::slice::from_ref(&group)), true);
            process.groups.missed(None, true);
        }
        process.groups.take(now, 10).len()
    });
    assert_eq!(told, Some(2), "a sign of life and a question");
}

#[test]
fn a_group_that_is_forgotten_while_its_last_word_is_under_way_leaves_nobody_behind() {
    let mut net = Net::of(2);
    let group = Arc::clone(&net.group);
    net.join(0, &name(0));
    net.join(1, &name(1));
    net.settle();
    net.with(1, |process, _| process.groups.let_go(&group));
    net.wait(Duration::from_secs(120), true);
    net.leave(1, 0);
    net.now += GRACE + Duration::from_millis(1);
    net.begin(1);
    let now = net.now;
    let forgotten = net.with(1, |process, _| process.groups.tick(now));
    assert_eq!(forgotten, Some(vec![group]));
    net.end(1, false);
    // So is the sign of life that would have shown it.
    net.with(1, |process, now| process.groups.take(now, 10));
    net.settle();
    net.wait(Duration::from_secs(20), true);
    assert_eq!(net.known(0).len(), 1);
}

#[test]
fn what_makes_no_sense_harms_nobody() {
    let mut net = Net::of(1);
    let group = Arc::clone(&net.group);
    let (one, other) = (NodeId::known(77), NodeId::known(78));
    for piece in [(0, 0), (0, usize::MAX), (usize::MAX, usize::MAX), (1, 0)] {
        for number in [0, 1, 1 << 53] {
            net.with(0, |process, now| {
                let set = vec![(
                    ConnectionId::known(1),
                    Said {
                        user: name(2),
                        meta: "0".into(),
                        said: u64::MAX,
                    },
                )];
                let whole = Whole {
                    number,
                    piece,
                    set: set.clone(),
                    leaving: vec![(name(3), "0".into(), Duration::MAX)],
                };
                let part = Part {
                    number,
                    after: u64::MAX,
                    set,
                    gone: Vec::new(),
                };
                let beat = Beat {
                    number,
                    hello: true,
                    told: BTreeMap::from([(group.to_string(), number)]),
                };
                let groups = &mut process.groups;
                groups.hear(now, Some(&group), one, Message::Whole(whole));
                groups.hear(now, Some(&group), other, Message::Part(part));
                groups.hear(now, None, other, Message::Beat(beat));
            });
        }
    }
    net.join(0, &name(0));
    net.join(0, &name(0));
    assert_eq!(net.known(0)[&name(0)], 2);
    net.wait(Duration::from_secs(60), true);
    assert_eq!(net.known(0).len(), 1, "those who have said it are gone");
}

#[test]
fn that_there_was_nothing_does_not_take_away_what_has_come_since() {
    let mut net = Net::of(2);
    let group = Arc::clone(&net.group);
    let [one, other] = [0, 1].map(|nth: usize| net.nodes[nth].as_ref().unwrap().id);
    net.with(1, |process, _| process.groups.inquire(&group));
    net.begin(1);
    net.end(1, true);
    while net.under_way.contains_key(&(other, one, Audience::All)) {
        net.deliver(0);
    }
    net.begin(0);
    net.end(0, true);
    net.join(0, &name(0));
    net.begin(0);
    net.end(0, true);
    // Another topic, which may be faster.
    let ways: Vec<_> = net.under_way.keys().cloned().collect();
    let of_group = |(_, to, audience): &(NodeId, NodeId, Audience)| {
        *to == other && matches!(audience, Audience::Group(_))
    };
    net.deliver(ways.iter().position(of_group).unwrap());
    net.settle();
    assert_eq!(net.known(1), net.truth());
}

#[test]
fn what_is_told_of_a_group_that_was_forgotten_takes_the_place_of_what_was_told_before() {
    let mut net = Net::of(2);
    let group = Arc::clone(&net.group);
    net.join(0, &name(0));
    net.settle();
    net.leave(0, 0);
    net.speak(0);
    // Without a word.
    net.lose(1);
    net.with(0, |process, now| {
        process.groups.let_go(&group);
        process.groups.sweep(now + GRACE, &group);
        assert_eq!(process.groups.tick(now + LONG), [Arc::clone(&group)]);
    });
    net.join(0, &name(1));
    net.begin(0);
    net.with(0, |process, _| {
        process
            .begun
            .retain(|(audience, _)| matches!(audience, Audience::Group(_)));
    });
    net.end(0, true);
    while net.deliver(0) {}
    assert_eq!(net.known(1), net.truth());
}

/// Longer than anything is looked at.
const LONG: Duration = Duration::from_secs(3600);
