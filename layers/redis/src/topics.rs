//! Which topics are wanted, and which Redis has confirmed.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::sync::watch;

/// Resolves when a topic is settled: its other side is dropped then.
pub(crate) type Settled = watch::Receiver<()>;

/// What is wanted is the truth; one writer has Redis follow it.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    known: HashMap<Arc<str>, Topic>,
    /// Those with `queued`, in order.
    queue: VecDeque<Arc<str>>,
    phase: Phase,
}

/// How it is with the connection that subscribes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nobody knows yet.
    #[default]
    Starting,
    /// There is none.
    Down,
    /// It stands; what was wanted when it was made may still be subscribed to.
    Connected,
}

#[derive(Debug, Default)]
struct Topic {
    wanted: bool,
    /// Redis has confirmed it, on the connection of now.
    stands: bool,
    /// The writer waits for a confirmation.
    under_way: bool,
    queued: bool,
    /// A gap of this topic was told that is over when it is confirmed.
    late: bool,
    settled: Option<watch::Sender<()>>,
}

impl Topic {
    fn wait(&mut self) -> Settled {
        self.settled
            .get_or_insert_with(|| watch::channel(()).0)
            .subscribe()
    }
}

/// What the writer shall tell Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) topic: Arc<str>,
    pub(crate) wanted: bool,
}

impl Topics {
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// A topic is wanted. What to wait for, where there is something.
    pub(crate) fn want(&mut self, name: &str) -> Option<Settled> {
        let phase = self.phase;
        let topic = self.known.entry(name.into()).or_default();
        topic.wanted = true;
        if topic.stands && !topic.under_way || phase == Phase::Down {
            return None;
        }
        let settled = topic.wait();
        self.enqueue(name);
        Some(settled)
    }

    /// A topic is wanted no more.
    pub(crate) fn unwant(&mut self, name: &str) {
        let Some(topic) = self.known.get_mut(name) else {
            return;
        };
        topic.wanted = false;
        topic.late = false;
        if topic.stands || topic.under_way {
            self.enqueue(name);
        } else {
            // Whoever waits for it does not get it.
            self.known.remove(name);
        }
    }

    fn enqueue(&mut self, name: &str) {
        let Some((name, topic)) = self.known.get_key_value(name) else {
            return;
        };
        if !topic.queued {
            let name = name.clone();
            self.known.entry(name.clone()).or_default().queued = true;
            self.queue.push_back(name);
        }
    }

    /// Takes what Redis must be told, at most `limit` topics. None of them is settled before [`told`](Self::told).
    pub(crate) fn take(&mut self, limit: usize) -> Vec<Change> {
        let mut changes = Vec::new();
        while changes.len() < limit
            && let Some(name) = self.queue.pop_front()
        {
            // One that was removed meanwhile may have been wanted anew, and is in the queue twice then.
            let Some(topic) = self.known.get_mut(&name) else {
                continue;
            };
            if !std::mem::take(&mut topic.queued) {
                continue;
            }
            if topic.wanted == topic.stands {
                topic.settled = None;
                continue;
            }
            topic.under_way = true;
            let wanted = topic.wanted;
            changes.push(Change {
                topic: name,
                wanted,
            });
        }
        changes
    }

    /// Redis has confirmed these. Those whose own gap is over now.
    pub(crate) fn told(&mut self, changes: &[Change]) -> Vec<Arc<str>> {
        let mut over = Vec::new();
        for change in changes {
            let Some(topic) = self.known.get_mut(&change.topic) else {
                continue;
            };
            topic.under_way = false;
            topic.stands = change.wanted;
            if topic.wanted != topic.stands {
                // It has changed again, and is in the queue.
                continue;
            }
            topic.settled = None;
            if !topic.wanted {
                self.known.remove(&change.topic);
            } else if std::mem::take(&mut topic.late) {
                over.push(change.topic.clone());
            }
        }
        over
    }

    /// The connection is lost, or cannot be made: nothing stands, nobody waits any longer.
    pub(crate) fn lost(&mut self) {
        self.phase = Phase::Down;
        self.queue.clear();
        self.known.retain(|_, topic| {
            *topic = Topic {
                wanted: topic.wanted,
                // The gap of all topics, which is told now, is over no sooner.
                late: false,
                ..Topic::default()
            };
            topic.wanted
        });
    }

    /// There is a new connection: all that is wanted is to be subscribed to, and how many that are. They are first in line.
    pub(crate) fn connected(&mut self) -> usize {
        self.phase = Phase::Connected;
        self.queue = self.known.keys().cloned().collect();
        for topic in self.known.values_mut() {
            topic.queued = true;
        }
        self.queue.len()
    }

    /// Somebody goes on without a confirmation: whether a gap of this topic is to be told.
    pub(crate) fn late(&mut self, name: &str) -> bool {
        self.known.get_mut(name).is_some_and(|topic| {
            let open = topic.wanted && (!topic.stands || topic.under_way);
            open && !std::mem::replace(&mut topic.late, true)
        })
    }

    /// Whether Redis was told that this topic is wanted no more.
    pub(crate) fn is_ending(&self, name: &str) -> bool {
        self.known
            .get(name)
            .is_none_or(|topic| topic.under_way && topic.stands)
    }

    pub(crate) fn wanted(&self) -> Vec<Arc<str>> {
        let wanted = self.known.iter().filter(|(_, topic)| topic.wanted);
        wanted.map(|(name, _)| name.clone()).collect()
    }

    /// Gives up the wanted topics that belong elsewhere now, and forgets the others of them. Whoever waits for one is told.
    pub(crate) fn give_up(&mut self, elsewhere: impl Fn(&str) -> bool) -> Vec<Arc<str>> {
        let mut given = Vec::new();
        self.known.retain(|name, topic| {
            let leaves = elsewhere(name);
            if leaves && topic.wanted {
                given.push(name.clone());
            }
            !leaves
        });
        given
    }

    /// Wants a topic that was subscribed to elsewhere, and whose gap has been told.
    pub(crate) fn adopt(&mut self, name: &str) {
        self.known.entry(name.into()).or_default().late = true;
        self.want(name);
    }
}

#[cfg(test)]
mod tests;
