//! The other nodes, and whether they live.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::layer::NodeId;

/// How often a node shows that it lives.
pub(super) const PERIOD: Duration = Duration::from_secs(3);
/// A node is gone when so many periods have passed in which nothing was heard of it.
const LEASE: u64 = 4;
/// A period counts only where the bus has carried this node's own sign of life within this time: where it does not carry,
/// nobody is gone.
const FRESH: Duration = Duration::from_secs(2);

/// The other nodes that are known.
#[derive(Debug, Default)]
pub(super) struct Peers {
    nodes: BTreeMap<NodeId, Peer>,
    /// The periods that counted.
    periods: u64,
    /// How many signs of life this node has shown.
    beats: u64,
    /// When the last one went out, until it comes back.
    last: Option<Duration>,
}

#[derive(Debug)]
struct Peer {
    /// In which period something was heard of it.
    heard: u64,
    /// It has not answered a question, and was not heard of since.
    owes: bool,
}

impl Peers {
    /// Something was heard of a node. `true`: for the first time, or again after it was gone.
    pub(super) fn heard(&mut self, node: NodeId) -> bool {
        let peer = Peer {
            heard: self.periods,
            owes: false,
        };
        self.nodes.insert(node, peer).is_none()
    }

    /// A sign of life goes out. Returns its number.
    pub(super) fn beat(&mut self, now: Duration) -> u64 {
        self.beats += 1;
        self.last = Some(now);
        self.beats
    }

    /// The bus has carried this node's own sign of life. Returns who is gone.
    pub(super) fn came_back(&mut self, now: Duration, number: u64) -> Vec<NodeId> {
        let is_fresh = |at: &Duration| now.saturating_sub(*at) <= FRESH;
        if number != self.beats || self.last.take().filter(is_fresh).is_none() {
            return Vec::new();
        }
        self.periods += 1;
        let gone = self.nodes.iter();
        let gone = gone.filter(|(_, peer)| self.periods - peer.heard >= LEASE);
        let gone: Vec<_> = gone.map(|(node, _)| *node).collect();
        for node in &gone {
            self.nodes.remove(node);
        }
        gone
    }

    /// Who is expected to answer.
    pub(super) fn that_answer(&self) -> BTreeSet<NodeId> {
        let answer = self.nodes.iter().filter(|(_, peer)| !peer.owes);
        answer.map(|(node, _)| *node).collect()
    }

    /// A node has not answered.
    pub(super) fn owes(&mut self, node: NodeId) {
        if let Some(peer) = self.nodes.get_mut(&node) {
            peer.owes = true;
        }
    }
}
