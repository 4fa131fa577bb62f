//! The way to other nodes: what is published here goes out, what others publish comes in.
//!
//! Topics are `g.` and the key of a group, `n.` and a node, and `all`. A node subscribes to the topics of groups that have
//! members here, to its own, and to that of all nodes. Those that begin with `p` are [presence](crate::presence)'s.

pub mod broker;
mod carried;
mod envelope;
mod inbound;
mod lost;
mod memory;
mod meters;
mod order;
mod subscriptions;

use std::{
    borrow::Cow,
    fmt,
    hash::{BuildHasher, RandomState},
    num::ParseIntError,
    str::FromStr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use tokio::sync::OnceCell;

use super::{PublishError, To, WeakLayer, copies::Copies};
use crate::{
    auth::Target,
    consumer::{Consumer, HandledBy},
    wire::{CloseCode, encode},
};
use broker::{Broker, BrokerError, BrokerFuture, Health, Inbox};
pub(crate) use carried::Carried;
pub(crate) use carried::Events;
use envelope::Envelope;
use inbound::Inbound;
pub use memory::{MemoryBus, MemoryNode};
use meters::Meters;
use order::Order;
use subscriptions::Subscriptions;

/// A process: each start of a program is another one. Without a bus it is 0.
///
/// To others it is 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(u128);

impl NodeId {
    #[cfg(test)]
    pub(crate) const fn known(number: u128) -> Self {
        Self(number)
    }

    /// One that nobody else has.
    pub(crate) fn random() -> Self {
        // Each is seeded by the system anew.
        let [high, low] = [(); 2].map(|()| RandomState::new().hash_one(std::process::id()));
        Self(u128::from(high) << 64 | u128::from(low))
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = Cow::<str>::deserialize(deserializer)?;
        digits.parse().map_err(D::Error::custom)
    }
}

impl FromStr for NodeId {
    type Err = ParseIntError;

    fn from_str(digits: &str) -> Result<Self, ParseIntError> {
        u128::from_str_radix(digits, 16).map(Self)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// This node's end of the bus.
pub(crate) struct Bus {
    node: NodeId,
    name: Arc<str>,
    broker: Box<dyn Broker>,
    events: Events,
    subscriptions: Subscriptions,
    sent: AtomicU64,
    copies: Copies,
    meters: Meters,
    started: OnceLock<()>,
    /// Set once this node's own topic is subscribed to.
    reachable: OnceCell<()>,
}

/// What goes out.
pub(crate) struct Outgoing {
    topics: Vec<String>,
    message: Bytes,
    /// The number of an event.
    id: Option<u64>,
}

impl Bus {
    pub(crate) fn new(broker: Box<dyn Broker>, events: Events) -> Self {
        let node = NodeId::random();
        Self {
            node,
            name: node.to_string().into(),
            broker,
            events,
            subscriptions: Subscriptions::default(),
            sent: AtomicU64::new(0),
            copies: Copies::default(),
            meters: Meters::default(),
            started: OnceLock::new(),
            reachable: OnceCell::new(),
        }
    }

    pub(super) fn copies(&self) -> &Copies {
        &self.copies
    }

    pub(crate) fn node(&self) -> NodeId {
        self.node
    }

    /// Starts the broker, once, within a runtime.
    pub(crate) fn start(&self, layer: &WeakLayer) {
        self.started.get_or_init(|| {
            let inbound = Inbound::start(layer.clone());
            self.broker
                .start(Inbox::new(move |arrival| inbound.take(arrival)));
        });
    }

    pub(crate) fn health(&self) -> Health {
        self.broker.health()
    }

    /// Resolves when other nodes can reach this one, or when nobody can say when they will.
    pub(crate) async fn ready(&self, layer: &WeakLayer) {
        self.start(layer);
        let own = node_topic(self.node);
        let listen = async || {
            tokio::join!(self.listen(&own), self.listen(&ALL));
        };
        self.reachable.get_or_init(listen).await;
    }

    /// Where the bus is down, it is done when that is back; members of here are served all the same.
    pub(crate) async fn listen(&self, topic: &impl ToString) {
        let topic = topic.to_string();
        if let Err(error) = self.broker.subscribe(&topic).await {
            tracing::warn!(%error, topic, "could not subscribe to what other nodes publish");
        }
    }

    /// How large a message may be. `None`: of any size.
    pub(crate) fn max_message_bytes(&self) -> Option<usize> {
        self.broker.capabilities().max_message_bytes
    }

    /// Ends it.
    pub(crate) fn let_be(&self, topic: &PresenceTopic<'_>) {
        self.broker.unsubscribe(&topic.to_string());
    }

    /// Tells other nodes who is present.
    pub(crate) fn send(&self, topic: &PresenceTopic<'_>, message: Bytes) -> BrokerFuture<'_> {
        self.broker.publish(&topic.to_string(), message)
    }

    /// What is to be published of an event, if it concerns others.
    pub(crate) fn outgoing<C: Consumer, E: HandledBy<C>>(
        &self,
        to: &To,
        event: &E,
    ) -> Result<Option<Outgoing>, PublishError> {
        let (topics, groups, connection) = match to {
            To::Groups(groups) => (groups.iter().map(group_topic).collect(), &**groups, None),
            To::Remote(node, id) => (vec![node_topic(*node)], &[][..], Some(id.number())),
            To::Connection(_) | To::Here(_) | To::Copy(_) => return Ok(None),
        };
        let text = encode::to_text(event, None).map_err(|_| PublishError::NotJson)?;
        let id = self.sent.fetch_add(1, Ordering::Relaxed);
        let envelope = Envelope {
            from: Arc::clone(&self.name),
            id,
            consumer: C::NAME.into(),
            groups: groups.to_vec(),
            connection,
            event: text,
        };
        let message = envelope.encode().map_err(|_| PublishError::NotJson)?;
        Ok(Some(Outgoing {
            topics,
            message,
            id: Some(id),
        }))
    }

    /// Publishes to every topic. What one of them fails with is returned, and the others are tried.
    ///
    /// The first of them go out with the call, so that calls keep their order.
    pub(crate) fn publish(
        &self,
        outgoing: Outgoing,
    ) -> impl Future<Output = Result<(), PublishError>> + Send {
        if let Some(id) = outgoing.id {
            let group = outgoing.topics.first().and_then(|topic| group_of(topic));
            let comes_back = || group.is_some_and(|group| self.subscriptions.has(group));
            self.meters.publishes(id, comes_back);
        }
        let Outgoing {
            topics, message, ..
        } = outgoing;
        let send = move |topic: String| self.broker.publish(&topic, message.clone());
        let mut topics = topics.into_iter();
        let mut sent: Vec<_> = topics.by_ref().take(AT_ONCE).map(&send).collect();
        async move {
            let mut published = Ok(());
            while !sent.is_empty() {
                for sent in sent {
                    published = published.and(sent.await.map_err(PublishError::from));
                }
                sent = topics.by_ref().take(AT_ONCE).map(&send).collect();
            }
            published
        }
    }

    /// Has every other node close the connections of a user or a session.
    pub(crate) fn kick(&self, target: &Target, code: CloseCode, reason: &str) -> Outgoing {
        Order::kick(&self.name, target, code, reason).into()
    }

    /// Has every other node ask again whether those of a user or a session may be here.
    pub(crate) fn recheck(&self, target: &Target) -> Outgoing {
        Order::recheck(&self.name, target).into()
    }

    /// The groups of which something may be missing where it is missing of these topics. `None`: all.
    fn groups(&self, topics: Option<&[Arc<str>]>) -> Option<Vec<Arc<str>>> {
        let topics = topics?;
        let own = node_topic(self.node);
        if topics.iter().any(|topic| **topic == *own) {
            return None;
        }
        let groups = topics.iter().filter_map(|topic| group_of(topic));
        Some(groups.map(Into::into).collect())
    }

    /// A group has a member here. Resolves when what others publish to it comes, or when nobody can say when it will.
    pub(crate) async fn subscribe(&self, layer: &WeakLayer, group: &Arc<str>) {
        self.start(layer);
        let topic = group_topic(group);
        let listen = || self.listen(&topic);
        self.subscriptions.enter(group, listen).await;
        // Whoever it was for may have gone meanwhile.
        self.let_go(layer, group);
    }

    /// A group may have no member here any more.
    pub(crate) fn let_go(&self, layer: &WeakLayer, group: &Arc<str>) {
        let has_members = || {
            let layer = layer.upgrade();
            layer.is_some_and(|layer| layer.hub().has_members(std::slice::from_ref(group)))
        };
        self.subscriptions.leave_unless(group, has_members, || {
            self.broker.unsubscribe(&group_topic(group));
        });
    }
}

/// To so many topics a message goes before it is waited for that the bus has taken it.
const AT_ONCE: usize = 128;

/// Every node listens to this topic.
const ALL: &str = "all";

fn group_topic(group: &Arc<str>) -> String {
    format!("g.{group}")
}

/// The key of the group whose topic it is.
fn group_of(topic: &str) -> Option<&str> {
    topic.strip_prefix("g.")
}

fn node_topic(node: NodeId) -> String {
    format!("n.{node}")
}

/// Where nodes tell each other who is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PresenceTopic<'a> {
    /// Every node where presence is used listens to it.
    All,
    Node(NodeId),
    /// The key of a group.
    Group(&'a str),
}

impl<'a> PresenceTopic<'a> {
    pub(crate) fn parse(topic: &'a str) -> Option<Self> {
        match topic.split_once('.') {
            None if topic == "p" => Some(Self::All),
            Some(("pn", node)) => node.parse().ok().map(Self::Node),
            Some(("pg", group)) => Some(Self::Group(group)),
            _ => None,
        }
    }
}

impl fmt::Display for PresenceTopic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("p"),
            Self::Node(node) => write!(f, "pn.{node}"),
            Self::Group(group) => write!(f, "pg.{group}"),
        }
    }
}

impl From<Order> for Outgoing {
    fn from(order: Order) -> Self {
        Self {
            topics: vec![ALL.to_owned()],
            message: order.encode(),
            id: None,
        }
    }
}

impl From<BrokerError> for PublishError {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Unavailable => Self::Unavailable,
            BrokerError::Full => Self::Full,
            BrokerError::TooLarge { .. } => Self::TooLarge,
        }
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("node", &self.name)
            .field("broker", &self.broker)
            .finish_non_exhaustive()
    }
}
