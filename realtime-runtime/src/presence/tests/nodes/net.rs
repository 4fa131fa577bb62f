//! Nodes on a bus within the test.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::steps::Step;
use crate::{
    connection::ConnectionId,
    layer::NodeId,
    presence::{
        batch::Pending,
        change::{Entry, RawPresent},
        groups::{Audience, Groups},
        message::Message,
        peers::PERIOD,
        roster::Roster,
        tests::{Beliefs, LIMITS, name},
        types::Totals,
    },
};

/// A process.
pub(super) struct Process {
    pub(super) id: NodeId,
    pub(super) groups: Groups,
    pub(super) is_cut: bool,
    /// It keeps the group from being forgotten.
    pub(super) holds: bool,
    /// It has forgotten the group.
    pub(super) forgot: bool,
    /// What it has told, without an answer of the bus yet.
    pub(super) begun: Vec<(Audience, Message)>,
    /// Whose the connections are.
    pub(super) connections: BTreeMap<ConnectionId, Arc<str>>,
    pub(super) next: u64,
    pub(super) pending: Pending,
    /// What a member here believes.
    pub(super) beliefs: Beliefs,
}

/// Nodes, and what is under way from one to the other on each topic.
pub(super) struct Net {
    pub(super) group: Arc<str>,
    pub(super) now: Duration,
    pub(super) tick: Duration,
    pub(super) nodes: [Option<Process>; 3],
    pub(super) started: u128,
    pub(super) piece: usize,
    pub(super) under_way: BTreeMap<(NodeId, NodeId, Audience), VecDeque<Message>>,
}

impl Net {
    pub(super) fn new() -> Self {
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

    pub(super) fn of(nodes: usize) -> Self {
        Self::with_pieces(nodes, 48 * 1024)
    }

    pub(super) fn with_pieces(nodes: usize, piece: usize) -> Self {
        let mut net = Self::new();
        net.piece = piece;
        (0..nodes).for_each(|nth| net.start(nth));
        net
    }

    pub(super) fn start(&mut self, nth: usize) {
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
    pub(super) fn with<T>(
        &mut self,
        nth: usize,
        work: impl FnOnce(&mut Process, Duration) -> T,
    ) -> Option<T> {
        let process = self.nodes[nth].as_mut()?;
        let done = work(process, self.now);
        for (_, change) in process.groups.take_changes() {
            process.pending.add(change);
        }
        Some(done)
    }

    /// Has a node know the group again, if it does not.
    pub(super) fn know(&mut self, nth: usize) {
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

    pub(super) fn tick(&mut self, nth: usize) {
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

    pub(super) fn join(&mut self, nth: usize, user: &Arc<str>) {
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

    pub(super) fn leave(&mut self, nth: usize, which: usize) -> Option<Arc<str>> {
        let group = Arc::clone(&self.group);
        self.with(nth, |process, now| {
            let connection = process.pick(which)?;
            process.groups.exit(now, &group, connection);
            process.connections.remove(&connection)
        })?
    }

    pub(super) fn speak(&mut self, nth: usize) {
        self.end(nth, true);
        self.begin(nth);
        self.end(nth, true);
    }

    pub(super) fn begin(&mut self, nth: usize) {
        self.with(nth, |process, now| {
            if process.begun.is_empty() {
                process.groups.retry();
                process.begun = process.groups.take(now, 10);
            }
        });
    }

    pub(super) fn end(&mut self, nth: usize, takes: bool) {
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

    pub(super) fn deliver(&mut self, which: usize) -> bool {
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
    pub(super) fn settle(&mut self) {
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
    pub(super) fn lose_one(&mut self, which: usize) {
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

    pub(super) fn wait(&mut self, duration: Duration, is_fair: bool) {
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
    pub(super) fn lose(&mut self, nth: usize) {
        if let Some(process) = &self.nodes[nth] {
            let id = process.id;
            self.under_way.retain(|(_, to, _), _| *to != id);
        }
    }

    pub(super) fn cut(&mut self, nth: usize) {
        self.lose(nth);
        self.with(nth, |process, _| {
            process.is_cut = true;
            process.groups.missed(None, false);
        });
    }

    pub(super) fn heal(&mut self, nth: usize) {
        self.with(nth, |process, _| {
            if std::mem::take(&mut process.is_cut) {
                process.groups.missed(None, true);
            }
        });
    }

    pub(super) fn crash(&mut self, nth: usize) {
        self.lose(nth);
        self.nodes[nth] = None;
    }

    pub(super) fn tell(&mut self, nth: usize) {
        self.with(nth, |process, _| {
            if let Some(batch) = process.pending.take() {
                process.beliefs.hear(&batch);
                process.pending.told();
            }
        });
    }

    pub(super) fn list(&mut self, nth: usize) -> Vec<RawPresent> {
        let group = Arc::clone(&self.group);
        let list = self.with(nth, |process, now| {
            let list = |roster: &Roster| roster.list(None, usize::MAX);
            process.groups.look(now, &group, list)
        });
        list.unwrap_or_default()
    }

    pub(super) fn take(&mut self, step: &Step) {
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
    pub(super) fn truth(&self) -> BTreeMap<Arc<str>, usize> {
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
    pub(super) fn known(&mut self, nth: usize) -> BTreeMap<Arc<str>, usize> {
        let listed = self.list(nth).into_iter();
        let listed = listed.filter(|present| present.connections > 0);
        listed
            .map(|present| (present.user, present.connections))
            .collect()
    }

    pub(super) fn totals(&mut self, nth: usize) -> Totals {
        let group = Arc::clone(&self.group);
        let totals = self.with(nth, |process, now| {
            process.groups.look(now, &group, Roster::totals)
        });
        totals.unwrap_or_default()
    }
}

impl Process {
    pub(super) fn pick(&self, which: usize) -> Option<ConnectionId> {
        let count = self.connections.len();
        let nth = (count > 0).then(|| which % count)?;
        self.connections.keys().nth(nth).copied()
    }
}
