//! What comes from other nodes, on its way to the members of this one.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::SystemTime,
};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};

use super::{
    PresenceTopic,
    broker::{self, Arrival},
    envelope::Envelope,
    group_of,
    lost::Lost,
    order::Order,
};
use crate::{
    layer::{ChannelLayer, Gap, WeakLayer},
    panic::guard,
};

/// What comes is handled in so many lanes: a handler that takes long holds up the topics of its lane alone.
const LANES: usize = 8;
/// So much may wait in a lane. Beyond it, it is dropped, and its topic's members are told: when that begins, and when
/// nothing waits any more.
const WAITING: usize = 1024;

/// Where the broker puts what comes.
pub(super) struct Inbound {
    hasher: RandomState,
    lanes: [Lane; LANES],
    /// What the broker has told of that is not over.
    lost: Lost,
    layer: WeakLayer,
}

/// What waits to be handled one after the other.
struct Lane {
    sender: mpsc::Sender<(Arc<str>, Bytes)>,
    overflow: Arc<Overflow>,
}

/// What has found no room in a lane. It is over when nothing waits there any more.
#[derive(Default)]
struct Overflow {
    lost: Lost,
    noted: Notify,
}

impl Inbound {
    /// Starts the lanes; they end with the broker that has this.
    pub(super) fn start(layer: WeakLayer) -> Self {
        let lanes = [(); LANES].map(|()| {
            let (sender, arrivals) = mpsc::channel(WAITING);
            let overflow: Arc<Overflow> = Arc::default();
            tokio::spawn(work(layer.clone(), arrivals, Arc::clone(&overflow)));
            Lane { sender, overflow }
        });
        Self {
            hasher: RandomState::new(),
            lanes,
            lost: Lost::default(),
            layer,
        }
    }

    /// Takes what comes. Does not wait.
    pub(super) fn take(&self, arrival: Arrival) {
        match arrival {
            Arrival::Published { topic, message } => {
                if let Some(about) = PresenceTopic::parse(&topic) {
                    return self.hear_of_presence(about, &message);
                }
                let lane = self.hasher.hash_one(&topic) % LANES as u64;
                let Lane { sender, overflow } = &self.lanes[lane as usize];
                if sender.try_send((Arc::clone(&topic), message)).is_err() {
                    self.overflows(overflow, topic);
                }
            }
            Arrival::Gap(gap) => {
                if let Some(layer) = self.layer.upgrade() {
                    let has_members = |group: &str| layer.hub().has_members(&[group.into()]);
                    let lasts = |topic: &str| {
                        group_of(topic).is_none_or(has_members)
                            && PresenceTopic::parse(topic).is_none()
                    };
                    let since = self.lost.note(&gap, SystemTime::now(), lasts);
                    tell(&layer, &gap, since);
                }
            }
        }
    }

    /// Takes what other nodes say of who is present: at once, so that no handler holds it up.
    fn hear_of_presence(&self, about: PresenceTopic<'_>, message: &[u8]) {
        let Some(layer) = self.layer.upgrade() else {
            return;
        };
        let Some(bus) = layer.bus() else {
            return;
        };
        bus.meters.received();
        let desk = layer.begun_desk();
        if !desk.is_none_or(|desk| desk.hear_of(about, message)) {
            let skipped = bus.meters.skipped();
            tracing::warn!(%about, skipped, "skipped what another node says of presence, which cannot be read");
        }
    }

    /// Tells of the first that is lost of a topic; the lane tells when it was the last.
    fn overflows(&self, overflow: &Overflow, topic: Arc<str>) {
        let Some(layer) = self.layer.upgrade() else {
            return;
        };
        if let Some(bus) = layer.bus() {
            bus.meters.dropped();
        }
        if !overflow.lost.has(&topic) {
            tracing::warn!(%topic, "dropping events of other nodes: too much waits already");
            let gap = broker::Gap {
                topics: Some(vec![topic]),
                over: false,
            };
            let since = SystemTime::now();
            tell(&layer, &gap, since);
            // After that, so that the lane does not tell of the end first.
            overflow.lost.note(&gap, since, |_| true);
        }
        overflow.noted.notify_one();
    }
}

/// Tells whom it concerns that something may be missing.
fn tell(layer: &ChannelLayer, gap: &broker::Gap, since: SystemTime) {
    if let Some(desk) = layer.begun_desk() {
        desk.missed(gap);
    }
    if let Some(bus) = layer.bus() {
        bus.meters.gap();
        let groups = bus.groups(gap.topics.as_deref());
        let is_of_presence = |topic: &Arc<str>| PresenceTopic::parse(topic).is_some();
        let topics = gap.topics.as_ref();
        // Presence makes up for what it has missed by itself.
        if !topics.is_some_and(|topics| topics.iter().all(is_of_presence)) {
            layer.missed(&Gap::new(since, gap.over, groups));
        }
    }
}

/// One lane: one message after the other.
async fn work(
    layer: WeakLayer,
    mut arrivals: mpsc::Receiver<(Arc<str>, Bytes)>,
    overflow: Arc<Overflow>,
) {
    loop {
        let arrival = tokio::select! {
            biased;
            arrival = arrivals.recv() => arrival,
            () = overflow.noted.notified() => {
                if let (Some(layer), Some((gap, since))) = (layer.upgrade(), overflow.lost.end()) {
                    tell(&layer, &gap, since);
                }
                continue;
            }
        };
        let (Some((topic, message)), Some(layer)) = (arrival, layer.upgrade()) else {
            return;
        };
        let Some(bus) = layer.bus() else {
            return;
        };
        bus.meters.received();
        if *topic == *super::ALL
            && let Some(order) = Order::decode(&message)
        {
            if order.from != *bus.name {
                order.carry_out(layer.registry());
            }
            continue;
        }
        let Some(envelope) = Envelope::decode(&message) else {
            let skipped = bus.meters.skipped();
            tracing::warn!(%topic, skipped, "skipped a message of another node that cannot be read");
            continue;
        };
        // Members of the node that has published it have had it already.
        if *envelope.from == *bus.name {
            bus.meters.came_back(envelope.id);
            continue;
        }
        let job = envelope.to(&topic).and_then(|to| {
            let Envelope {
                consumer, event, ..
            } = &envelope;
            bus.events.carry(&layer, consumer, to, event)
        });
        match job {
            // A handler's panic is caught where it runs; this one is of an event that is dropped, for example.
            Some(job) => {
                if let Err(panic) = guard(job).await {
                    tracing::error!(panic, "an event of another node could not be handed on");
                }
            }
            None => {
                let skipped = bus.meters.skipped();
                tracing::warn!(%topic, consumer = %envelope.consumer, skipped, "skipped an event of another node that nobody here understands");
            }
        }
    }
}
