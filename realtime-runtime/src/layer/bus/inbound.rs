//! What comes from other nodes, on its way to the members of this one.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{
    PresenceTopic,
    broker::{Arrival, Gap},
    envelope::Envelope,
    order::Order,
};
use crate::{
    connection::ConnectionId,
    layer::{To, WeakLayer},
    panic::guard,
};

/// What comes is handled in so many lanes: a handler that takes long holds up the topics of its lane alone.
const LANES: usize = 8;
/// So much may wait in a lane. Beyond it, it is dropped, and its topic's members are told.
const WAITING: usize = 1024;
/// So many messages to several groups are remembered, each of which comes once for each group.
const REMEMBERED: usize = 4096;

/// Where the broker puts what comes.
pub(super) struct Inbound {
    hasher: RandomState,
    lanes: [mpsc::Sender<(Arc<str>, Bytes)>; LANES],
    layer: WeakLayer,
}

impl Inbound {
    /// Starts the lanes; they end with the broker that has this.
    pub(super) fn start(layer: WeakLayer) -> Self {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let lanes = [(); LANES].map(|()| {
            let (sender, arrivals) = mpsc::channel(WAITING);
            tokio::spawn(work(layer.clone(), arrivals, Arc::clone(&seen)));
            sender
        });
        Self {
            hasher: RandomState::new(),
            lanes,
            layer,
        }
    }

    /// Takes what comes. Does not wait.
    pub(super) fn take(&self, arrival: Arrival) {
        match arrival {
            Arrival::Published { topic, message } => {
                let lane = self.hasher.hash_one(&topic) % LANES as u64;
                let sent = self.lanes[lane as usize].try_send((Arc::clone(&topic), message));
                if sent.is_err() {
                    tracing::warn!(%topic, "dropped an event of another node: too much waits already");
                    let topics = Some(vec![topic]);
                    self.gap(&Gap { topics, over: true });
                }
            }
            Arrival::Gap(gap) => self.gap(&gap),
        }
    }

    fn gap(&self, gap: &Gap) {
        if let Some(layer) = self.layer.upgrade() {
            layer.missed(gap);
        }
    }
}

/// Messages to several groups that have come already.
#[derive(Default)]
struct Seen {
    known: HashSet<(Arc<str>, u64)>,
    order: VecDeque<(Arc<str>, u64)>,
}

impl Seen {
    /// Whether it is new; it is not, from now on.
    fn is_new(&mut self, envelope: &Envelope) -> bool {
        let id = (Arc::clone(&envelope.from), envelope.id);
        if !self.known.insert(id.clone()) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// One lane: one message after the other.
async fn work(
    layer: WeakLayer,
    mut arrivals: mpsc::Receiver<(Arc<str>, Bytes)>,
    seen: Arc<Mutex<Seen>>,
) {
    /// Undecodable messages that this process has skipped.
    static SKIPPED: AtomicU64 = AtomicU64::new(0);

    while let Some((topic, message)) = arrivals.recv().await {
        let Some(layer) = layer.upgrade() else {
            return;
        };
        let Some(bus) = layer.bus() else {
            return;
        };
        if let Some(about) = PresenceTopic::parse(&topic) {
            if !layer.hear_of_presence(about, &message) {
                let skipped = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::warn!(%topic, skipped, "skipped what another node says of presence, which cannot be read");
            }
            continue;
        }
        if *topic == *super::ALL
            && let Some(order) = Order::decode(&message)
        {
            if order.from != *bus.name {
                order.carry_out(layer.registry());
            }
            continue;
        }
        let Some(envelope) = Envelope::decode(&message) else {
            let skipped = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::warn!(%topic, skipped, "skipped a message of another node that cannot be read");
            continue;
        };
        // Members of the node that has published it have had it already.
        if *envelope.from == *bus.name {
            continue;
        }
        let is_new = || {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.is_new(&envelope)
        };
        if envelope.groups.len() > 1 && !is_new() {
            continue;
        }
        let to = match envelope.connection {
            Some(id) => To::Connection(ConnectionId::known(id)),
            None => To::Groups(envelope.groups),
        };
        let job = bus
            .events
            .carry(&layer, &envelope.consumer, to, &envelope.event);
        match job {
            // A handler's panic is caught where it runs; this one is of an event that is dropped, for example.
            Some(job) => {
                if let Err(panic) = guard(job).await {
                    tracing::error!(panic, "an event of another node could not be handed on");
                }
            }
            None => {
                let skipped = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::warn!(%topic, consumer = %envelope.consumer, skipped, "skipped an event of another node that nobody here understands");
            }
        }
    }
}
