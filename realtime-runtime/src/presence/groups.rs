//! Who is present in which groups, as one node knows it, as a state machine: what happens here, and what other nodes tell,
//! goes in; what has changed, and what other nodes are to be told, comes out.
//!
//! Each node knows all of a group that concerns it: its own connections, of which it tells the others, and what each of them
//! has told. So what is known is right as long as nodes can reach each other, and stays as it was where they cannot.

mod hear;
mod tell;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::{Notify, OnceCell};

use super::{
    change::{Change, Entry, Full},
    message::{Answer, Ask},
    peers::Peers,
    roster::{Limits, Member, Roster},
};
use crate::{connection::ConnectionId, layer::NodeId};

/// A group nobody of here is in is forgotten when it was not looked at for so long.
const LINGER: Duration = Duration::from_secs(60);

/// Who is to hear a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Audience {
    All,
    Node(NodeId),
    /// Nodes that know of the group.
    Group(Arc<str>),
}

/// All groups that this node knows of.
#[derive(Debug)]
pub(super) struct Groups {
    /// `None`: there are no others.
    me: Option<NodeId>,
    limits: Limits,
    open: HashMap<Arc<str>, Open>,
    /// No group that is gone has had a higher revision, nor anything said in it a higher place.
    floor: u64,
    changes: Vec<(Arc<str>, Change)>,
    pub(super) peers: Peers,
    /// The number of what was told last.
    told: u64,
    /// The groups of which there is something to tell.
    untold: BTreeSet<Arc<str>>,
    /// Groups that are to be told of again, as the bus has not taken it.
    failed: BTreeSet<Arc<str>>,
    /// The groups that are to be asked about, and whom; `None`: everybody.
    asks: BTreeSet<(Option<NodeId>, Arc<str>)>,
    answers: Vec<(NodeId, Answer)>,
    /// A period is over, of which others are to hear.
    beats: bool,
    /// Others want to hear that this node lives.
    shows: bool,
    /// Others are to show that they live.
    greets: bool,
    /// About so many bytes go into one message.
    piece: usize,
    /// The last group in a sign of life.
    digested: String,
}

/// A group that this node knows of.
#[derive(Debug)]
struct Open {
    roster: Roster,
    /// What other nodes have told.
    parts: BTreeMap<NodeId, Heard>,
    /// The number of what this node told last; 0: nothing.
    told: u64,
    /// Connections of this node that are to be told of.
    changed: BTreeSet<ConnectionId>,
    /// All of this node's is to be told.
    whole: bool,
    /// What all connections of a user are to say.
    says: BTreeMap<Arc<str>, Bytes>,
    /// How many are at it, so that it cannot be forgotten.
    pins: usize,
    used: Duration,
    entrance: Arc<Entrance>,
    /// Whose answers are waited for.
    awaited: BTreeSet<NodeId>,
}

/// Where one waits until a group is known.
#[derive(Debug, Default)]
pub(super) struct Entrance {
    /// Set when it is.
    pub(super) known: OnceCell<()>,
    /// All have answered.
    pub(super) answered: Notify,
}

/// What another node has told of a group.
#[derive(Debug, Default)]
struct Heard {
    /// The number of what was heard last; 0: nothing.
    number: u64,
    /// It was asked for all of its own, and has not answered.
    asked: bool,
    /// Of the [`Whole`] that is coming: its number, the next piece, and whom no piece has had yet.
    coming: u64,
    next: usize,
    missing: BTreeSet<ConnectionId>,
}

impl Groups {
    /// `me`: this node, if there may be others.
    pub(super) fn new(me: Option<NodeId>, limits: Limits, piece: usize) -> Self {
        Self {
            me,
            limits,
            open: HashMap::new(),
            floor: 0,
            changes: Vec::new(),
            peers: Peers::default(),
            told: 0,
            untold: BTreeSet::new(),
            failed: BTreeSet::new(),
            asks: BTreeSet::new(),
            answers: Vec::new(),
            beats: false,
            shows: false,
            greets: false,
            piece,
            digested: String::new(),
        }
    }

    fn node(&self) -> NodeId {
        self.me.unwrap_or_default()
    }

    /// What has changed since this was asked last, in the order in which it has.
    pub(super) fn take_changes(&mut self) -> Vec<(Arc<str>, Change)> {
        std::mem::take(&mut self.changes)
    }

    fn open(&mut self, group: &Arc<str>) -> &mut Open {
        let floor = self.floor;
        let open = || Open {
            roster: Roster::new(floor),
            parts: BTreeMap::new(),
            told: 0,
            changed: BTreeSet::new(),
            whole: false,
            says: BTreeMap::new(),
            pins: 0,
            used: Duration::ZERO,
            entrance: Arc::default(),
            awaited: BTreeSet::new(),
        };
        self.open.entry(Arc::clone(group)).or_insert_with(open)
    }

    /// Has `work` done with the roster of a group, if there is one.
    fn with<T>(
        &mut self,
        group: &Arc<str>,
        work: impl FnOnce(&mut Roster) -> (T, Vec<Change>),
    ) -> Option<T> {
        let open = self.open.get_mut(group)?;
        let (done, changes) = work(&mut open.roster);
        let changes = changes.into_iter();
        self.changes
            .extend(changes.map(|change| (Arc::clone(group), change)));
        if self.me.is_none() && open.roster.is_empty() {
            self.forget(group);
        }
        Some(done)
    }

    fn forget(&mut self, group: &Arc<str>) {
        if let Some(open) = self.open.remove(group) {
            self.floor = self.floor.max(open.roster.highest());
            self.untold.remove(group);
            self.failed.remove(group);
        }
    }

    /// A connection of this node is another than before, and the others are to hear of it.
    fn touch(&mut self, group: &Arc<str>, connections: impl IntoIterator<Item = ConnectionId>) {
        if self.me.is_none() {
            return;
        }
        if let Some(open) = self.open.get_mut(group) {
            let before = open.changed.len();
            open.changed.extend(connections);
            if open.changed.len() > before {
                self.untold.insert(Arc::clone(group));
            }
        }
    }

    /// A connection of this node enters a group, or says something else of itself.
    pub(super) fn enter(
        &mut self,
        now: Duration,
        group: &Arc<str>,
        entry: Entry,
    ) -> Result<(), Full> {
        let (limits, node, connection) = (self.limits, self.node(), entry.connection);
        self.open(group);
        let entered = self.with(group, |roster| {
            // Their room is free, and they are to be heard of before.
            let mut changes = roster.sweep(now);
            let entered = roster.enter(now, limits, node, entry);
            (entered.map(|more| changes.extend(more)), changes)
        });
        let entered = entered.unwrap_or(Ok(()));
        if entered.is_ok() {
            self.touch(group, [connection]);
        }
        entered
    }

    /// A connection of this node says something else of itself. `false`: it is not in the group.
    pub(super) fn update(
        &mut self,
        now: Duration,
        group: &Arc<str>,
        connection: ConnectionId,
        meta: Bytes,
    ) -> bool {
        let (limits, node) = (self.limits, self.node());
        let updated = self.with(group, |roster| {
            let member = Member { node, connection };
            let changes = roster.update(now, limits, member, meta);
            (!changes.is_empty(), changes)
        });
        let updated = updated == Some(true);
        if updated {
            self.touch(group, [connection]);
        }
        updated
    }

    /// All connections of a user say this, those of other nodes when they hear of it. `false`: not present.
    pub(super) fn update_user(
        &mut self,
        now: Duration,
        group: &Arc<str>,
        user: &str,
        meta: &Bytes,
    ) -> bool {
        let is_present = self.say(now, group, user, meta);
        if is_present
            && self.me.is_some()
            && let Some(open) = self.open.get_mut(group)
        {
            open.says.insert(user.into(), meta.clone());
            self.untold.insert(Arc::clone(group));
        }
        is_present
    }

    fn say(&mut self, now: Duration, group: &Arc<str>, user: &str, meta: &Bytes) -> bool {
        let node = self.node();
        let updated = self.with(group, |roster| {
            match roster.update_user(now, node, user, meta) {
                Some((updated, change)) => (Some(updated), vec![change]),
                None => (None, Vec::new()),
            }
        });
        let Some(Some(updated)) = updated else {
            return false;
        };
        self.touch(group, updated);
        true
    }

    /// A connection of this node is gone; one that was not there, too.
    pub(super) fn exit(&mut self, now: Duration, group: &Arc<str>, connection: ConnectionId) {
        let (limits, node) = (self.limits, self.node());
        let gone = self.with(group, |roster| {
            let changes = roster.exit(now, limits, Member { node, connection });
            (!changes.is_empty(), changes)
        });
        if gone == Some(true) {
            self.touch(group, [connection]);
        }
    }

    /// Those of a group leave whose grace is over. Returns after how long somebody's is over next.
    pub(super) fn sweep(&mut self, now: Duration, group: &Arc<str>) -> Option<Duration> {
        let wake = self.with(group, |roster| {
            let changes = roster.sweep(now);
            (roster.quiet_for(now), changes)
        });
        wake.flatten()
    }

    /// Looks at those who are present: not at somebody whose grace is over.
    pub(super) fn look<T: Default>(
        &mut self,
        now: Duration,
        group: &Arc<str>,
        look: impl FnOnce(&Roster) -> T,
    ) -> T {
        let found = self.with(group, |roster| {
            let changes = roster.sweep(now);
            (look(roster), changes)
        });
        found.unwrap_or_default()
    }

    /// Keeps a group from being forgotten, until it is let go.
    pub(super) fn hold(&mut self, now: Duration, group: &Arc<str>) -> Arc<Entrance> {
        let open = self.open(group);
        open.pins += 1;
        open.used = now;
        Arc::clone(&open.entrance)
    }

    pub(super) fn let_go(&mut self, group: &Arc<str>) {
        if let Some(open) = self.open.get_mut(group) {
            open.pins = open.pins.saturating_sub(1);
        }
    }

    /// Asks everybody about a group, and has their answers awaited.
    pub(super) fn inquire(&mut self, group: &Arc<str>) {
        if let Some(open) = self.open.get_mut(group) {
            open.awaited = self.peers.that_answer();
            self.asks.insert((None, Arc::clone(group)));
        }
    }

    /// Whether some answer is still awaited.
    pub(super) fn awaits(&self, group: &Arc<str>) -> bool {
        let open = self.open.get(group);
        open.is_some_and(|open| !open.awaited.is_empty())
    }

    /// No longer waits for those who have not answered, also not next time, unless they are heard of.
    pub(super) fn give_up(&mut self, group: &Arc<str>) {
        if let Some(open) = self.open.get_mut(group) {
            for node in std::mem::take(&mut open.awaited) {
                self.peers.owes(node);
            }
        }
    }

    /// No longer waits for any answer.
    pub(super) fn expect_no_answers(&mut self) {
        for open in self.open.values_mut() {
            open.awaited.clear();
            open.entrance.answered.notify_waiters();
        }
    }

    /// Others are to show that they live.
    pub(super) fn greet(&mut self) {
        self.greets = true;
    }

    /// A period is over: shows that this node lives, asks those again who owe an answer, has those leave whose grace is over,
    /// and forgets what nobody needs. Returns the groups that are forgotten.
    pub(super) fn tick(&mut self, now: Duration) -> Vec<Arc<str>> {
        self.beats = true;
        let groups: Vec<_> = self.open.keys().cloned().collect();
        let mut idle = Vec::new();
        for group in groups {
            self.sweep(now, &group);
            let Some(open) = self.open.get_mut(&group) else {
                continue;
            };
            let asked = open.parts.iter().filter(|(_, heard)| heard.asked);
            let asked = asked.map(|(node, _)| (Some(*node), Arc::clone(&group)));
            self.asks.extend(asked);
            if open.is_idle(now, self.me.unwrap_or_default()) {
                self.forget(&group);
                idle.push(group);
            }
        }
        idle
    }

    /// Messages may not have come: from now on, or until now. `groups`: of which; `None`: of all.
    pub(super) fn missed(&mut self, groups: Option<&[Arc<str>]>, over: bool) {
        // While they are missing, so are this node's own signs of life: nobody is gone.
        if !over {
            return;
        }
        if groups.is_none() {
            self.greet();
        }
        let all = || self.open.keys().cloned().collect::<Vec<_>>();
        for group in groups.map_or_else(all, <[_]>::to_vec) {
            if let Some(open) = self.open.get_mut(&group) {
                open.parts.values_mut().for_each(|heard| heard.asked = true);
                self.asks.insert((None, group));
            }
        }
    }
}

impl Open {
    /// A question about this group.
    fn ask(&self, group: &Arc<str>, of: Option<NodeId>) -> Ask {
        // Whoever comes asks for all of it, with those who are in the grace.
        let is_known = self.entrance.known.get().is_some();
        let heard = self
            .parts
            .iter()
            .filter(|(_, heard)| is_known && heard.number > 0);
        let heard = heard.filter(|(node, _)| of.is_none_or(|of| of == **node));
        Ask {
            group: group.to_string(),
            known: heard.map(|(node, heard)| (*node, heard.number)).collect(),
        }
    }

    /// A node has said how it is with this group.
    fn answered(&mut self, node: NodeId) {
        if let Some(heard) = self.parts.get_mut(&node) {
            heard.asked = false;
        }
        if self.awaited.remove(&node) && self.awaited.is_empty() {
            self.entrance.answered.notify_waiters();
        }
    }

    fn is_idle(&self, now: Duration, me: NodeId) -> bool {
        self.pins == 0
            && self.changed.is_empty()
            && !self.whole
            && self.says.is_empty()
            && now.saturating_sub(self.used) >= LINGER
            && self.roster.quiet_for(now).is_none()
            && self.roster.members_of(me).next().is_none()
    }
}
