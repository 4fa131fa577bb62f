//! What a backend of the channel layer implements: the bus between nodes.
//!
//! A broker carries bytes by topic, and knows nothing of groups, consumers or events: the [`ChannelLayer`] says what a topic
//! is, who of this node wants it, and what the bytes mean. It serves the members of its own node itself, with the bus up or
//! down; what a broker receives is what *other* nodes have published, and what this one has, which the layer skips.
//!
//! [`ChannelLayer`]: crate::ChannelLayer

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;

/// What a broker's methods return.
pub type BrokerFuture<'a, T = ()> =
    Pin<Box<dyn Future<Output = Result<T, BrokerError>> + Send + 'a>>;

/// Carries bytes between the nodes of an application, at most once.
///
/// # Contract
/// - What one node publishes to one topic one after the other arrives in that order, each once at most.
/// - Nothing is queued without limit: beyond a limit there is an error, or a [gap](Inbox::gap) that is told.
/// - Any text is a topic, and any bytes are a message, up to 1 MiB at least.
/// - A loss that nothing tells is noticed, in the time that [`capabilities`](Self::capabilities) says.
/// - What may have been missed is told: within 2 s of noticing that the bus is lost, and again when it is back.
/// - What is asked for takes effect with the call, not when its future is first polled: calls keep their order.
/// - Every future may be dropped at any time; what was begun is then either done or not.
///
/// The conformance suite of `realtime-testing`, in its module `broker`, has tests for all of it.
pub trait Broker: fmt::Debug + Send + Sync + 'static {
    /// Begins to serve a node: what comes for it goes to `inbox`. Called once, within the runtime of the server.
    ///
    /// Returns at once: where the bus cannot be reached it is tried again until it can, or until the broker is dropped.
    fn start(&self, inbox: Inbox);

    /// Publishes to a topic. Resolves when the bus has taken it.
    ///
    /// # Errors
    /// Within 2 s where the bus cannot be reached; where it is too large. What fails as the bus is known to be down is not
    /// published later.
    fn publish(&self, topic: &str, message: Bytes) -> BrokerFuture<'_>;

    /// Has what is published to a topic come to the inbox, from when this resolves on; and again after the bus was lost,
    /// without being asked.
    ///
    /// Twice is once. Where the bus cannot be reached it resolves all the same, within 2 s: the topic is subscribed to when
    /// the bus is back, and a gap is told then.
    fn subscribe(&self, topic: &str) -> BrokerFuture<'_>;

    /// Ends it. Does not wait; what was under way may still come.
    fn unsubscribe(&self, topic: &str);

    /// How it is with the bus now.
    fn health(&self) -> Health;

    /// What this bus can, where others may differ.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

/// What a bus can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Capabilities {
    /// How many bytes a message may have; default `None`: any number. A larger one is [`BrokerError::TooLarge`].
    pub max_message_bytes: Option<usize>,
    /// How long it may take to notice that the bus is lost although nothing says so; default 60 s, the longest allowed.
    pub notices_within: Duration,
}

impl Capabilities {
    /// With a limit for messages, in bytes.
    #[must_use]
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = Some(bytes);
        self
    }

    /// With a time within which a silent loss is noticed.
    #[must_use]
    pub fn notices_within(mut self, limit: Duration) -> Self {
        self.notices_within = limit;
        self
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            max_message_bytes: None,
            notices_within: Duration::from_secs(60),
        }
    }
}

/// How it is with a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Health {
    /// It carries.
    Up,
    /// It cannot be reached, or does not carry.
    Down,
}

/// Why a broker has not done it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// The bus cannot be reached, or does not answer in time.
    #[error("the bus cannot be reached")]
    Unavailable,
    /// As much as may waits already.
    #[error("too much waits for the bus already")]
    Full,
    /// The message is larger than the bus takes.
    #[error("a message may have {limit} bytes at most")]
    TooLarge {
        /// How many bytes it may have.
        limit: usize,
    },
}

/// Where a broker puts what comes. Cheap to clone; nothing here waits, blocks or fails.
///
/// What it calls may call the broker: a broker holds no lock meanwhile that its own methods take.
///
/// A gap may be told twice, one of some topics beside one of all, and messages may come while one is open.
#[derive(Clone)]
pub struct Inbox(Arc<dyn Fn(Arrival) + Send + Sync>);

impl Inbox {
    /// What comes is given to `take`, which must not block.
    pub fn new(take: impl Fn(Arrival) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// Something was published to a topic.
    pub fn message(&self, topic: impl Into<Arc<str>>, message: Bytes) {
        let topic = topic.into();
        (self.0)(Arrival::Published { topic, message });
    }

    /// Something may have been missed.
    pub fn gap(&self, gap: Gap) {
        (self.0)(Arrival::Gap(gap));
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

/// What comes from a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arrival {
    /// Something was published.
    Published {
        /// Where.
        topic: Arc<str>,
        /// What.
        message: Bytes,
    },
    /// Something may have been missed.
    Gap(Gap),
}

/// Something that was published may not have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Of which topics; `None`: of all.
    pub topics: Option<Vec<Arc<str>>>,
    /// `false`: from now on. `true`: until now; what is published from now on comes again.
    pub over: bool,
}
