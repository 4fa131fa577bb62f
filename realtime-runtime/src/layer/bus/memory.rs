//! A bus within one process, for tests of applications with several nodes.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    future::ready,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;

use super::broker::{Broker, BrokerError, BrokerFuture, Capabilities, Gap, Health, Inbox};

/// A bus that several applications of one process share: each is built with [`connect`](Self::connect), and is a node.
///
/// It is for tests: [`fail`](Self::fail) and [`heal`](Self::heal) take it away and bring it back.
#[derive(Clone, Default)]
pub struct MemoryBus(Arc<Shared>);

#[derive(Default)]
struct Shared {
    fails: AtomicBool,
    /// Held while a gap is told: gaps are told in the order of what has happened.
    telling: Mutex<()>,
    published: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    topics: HashMap<Arc<str>, HashSet<u64>>,
    nodes: HashMap<u64, Inbox>,
    next: u64,
}

impl MemoryBus {
    /// A bus that nobody is on.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on nothing is carried, and what is published fails.
    pub fn fail(&self) {
        let _turn = self.turn();
        if !self.0.fails.swap(true, Ordering::SeqCst) {
            self.tell(false);
        }
    }

    /// It carries again; who was away is told that something may be missing.
    pub fn heal(&self) {
        let _turn = self.turn();
        if self.0.fails.swap(false, Ordering::SeqCst) {
            self.tell(true);
        }
    }

    /// How many messages it has carried.
    pub fn published(&self) -> u64 {
        self.0.published.load(Ordering::SeqCst)
    }

    /// How many topics somebody is subscribed to.
    pub fn topics(&self) -> usize {
        self.state().topics.len()
    }

    /// Puts bytes on the bus, as if another node had published them.
    pub fn inject(&self, topic: &str, message: &Bytes) {
        let inboxes: Vec<Inbox> = {
            let state = self.state();
            let nodes = state.topics.get(topic).into_iter().flatten();
            nodes
                .filter_map(|node| state.nodes.get(node).cloned())
                .collect()
        };
        let topic: Arc<str> = topic.into();
        for inbox in inboxes {
            inbox.message(Arc::clone(&topic), message.clone());
        }
    }

    fn tell(&self, over: bool) {
        let inboxes: Vec<Inbox> = self.state().nodes.values().cloned().collect();
        for inbox in inboxes {
            inbox.gap(Gap { topics: None, over });
        }
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        let telling = self.0.telling.lock();
        telling.unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This bus, for one node.
    pub fn connect(&self) -> MemoryNode {
        let id = {
            let mut state = self.state();
            state.next += 1;
            state.next
        };
        MemoryNode {
            bus: self.clone(),
            id,
        }
    }
}

impl fmt::Debug for MemoryBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBus").finish_non_exhaustive()
    }
}

/// One node's end of a [`MemoryBus`]; off the bus when it is dropped.
#[derive(Debug)]
pub struct MemoryNode {
    bus: MemoryBus,
    id: u64,
}

impl Broker for MemoryNode {
    fn start(&self, inbox: Inbox) {
        let _turn = self.bus.turn();
        self.bus.state().nodes.insert(self.id, inbox.clone());
        if self.bus.0.fails.load(Ordering::SeqCst) {
            let over = false;
            inbox.gap(Gap { topics: None, over });
        }
    }

    fn publish(&self, topic: &str, message: Bytes) -> BrokerFuture<'_> {
        let published = if self.bus.0.fails.load(Ordering::SeqCst) {
            Err(BrokerError::Unavailable)
        } else {
            self.bus.0.published.fetch_add(1, Ordering::SeqCst);
            self.bus.inject(topic, &message);
            Ok(())
        };
        Box::pin(ready(published))
    }

    fn subscribe(&self, topic: &str) -> BrokerFuture<'_> {
        let mut state = self.bus.state();
        let nodes = state.topics.entry(topic.into()).or_default();
        nodes.insert(self.id);
        Box::pin(ready(Ok(())))
    }

    fn unsubscribe(&self, topic: &str) {
        let mut state = self.bus.state();
        if let Some(nodes) = state.topics.get_mut(topic) {
            nodes.remove(&self.id);
            if nodes.is_empty() {
                state.topics.remove(topic);
            }
        }
    }

    fn health(&self) -> Health {
        if self.bus.0.fails.load(Ordering::SeqCst) {
            Health::Down
        } else {
            Health::Up
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default().notices_within(Duration::ZERO)
    }
}

impl Drop for MemoryNode {
    fn drop(&mut self) {
        let mut state = self.bus.state();
        let inbox = state.nodes.remove(&self.id);
        state.topics.retain(|_, nodes| {
            nodes.remove(&self.id);
            !nodes.is_empty()
        });
        drop(state);
        drop(inbox);
    }
}
