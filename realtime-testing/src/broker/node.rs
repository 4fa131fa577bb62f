//! A node on the bus: a broker, and what has come to its inbox.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use realtime_runtime::broker::{
    Arrival, Broker, BrokerError, BrokerFuture, Capabilities, Gap, Health, Inbox,
};
use tokio::{
    sync::watch,
    time::{Instant, interval, timeout},
};

use super::Bus;

/// When a fact that is waited for has failed to come; the promises have limits of their own.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// What a promise of 2 s may take on a busy machine.
const AT_MOST: Duration = Duration::from_secs(3);

/// What has come, in order: the messages of each topic, and the gaps.
#[derive(Debug, Default)]
struct Heard {
    messages: HashMap<Arc<str>, Vec<Bytes>>,
    gaps: Vec<Gap>,
}

pub(super) struct Node<B> {
    pub(super) broker: Arc<B>,
    heard: watch::Receiver<Heard>,
}

impl<B: Broker> Node<B> {
    /// A node, up or not.
    pub(super) async fn of(bus: &impl Bus<Broker = B>) -> Self {
        Self::start(bus.node().await)
    }

    /// A node that is up.
    pub(super) async fn on(bus: &impl Bus<Broker = B>) -> Self {
        let node = Self::of(bus).await;
        node.healthy(Health::Up).await;
        node
    }

    pub(super) fn start(broker: B) -> Self {
        let (hears, heard) = watch::channel(Heard::default());
        broker.start(Inbox::new(move |arrival| {
            hears.send_modify(|heard| match arrival {
                Arrival::Published { topic, message } => {
                    heard.messages.entry(topic).or_default().push(message);
                }
                Arrival::Gap(gap) => heard.gaps.push(gap),
                other => panic!("{other:?} is not known to this suite"),
            });
        }));
        let broker = Arc::new(broker);
        Self { broker, heard }
    }

    /// Called at once.
    pub(super) fn publish(&self, topic: &str, text: &str) -> BrokerFuture<'_> {
        let message = Bytes::copy_from_slice(text.as_bytes());
        self.broker.publish(topic, message)
    }

    pub(super) async fn subscribe(&self, topic: &str) {
        let subscribing = self.broker.subscribe(topic);
        subscribing.await.expect("to subscribe does not fail");
    }

    pub(super) fn messages(&self, topic: &str) -> Vec<Bytes> {
        let heard = self.heard.borrow();
        heard.messages.get(topic).cloned().unwrap_or_default()
    }

    pub(super) fn texts(&self, topic: &str) -> Vec<String> {
        self.messages(topic).iter().map(text).collect()
    }

    /// How many messages have come, of all topics.
    pub(super) fn len(&self) -> usize {
        self.heard.borrow().messages.values().map(Vec::len).sum()
    }

    /// How often a message of a topic has come.
    pub(super) fn times(&self, topic: &str, text: &str) -> usize {
        let heard = self.heard.borrow();
        let messages = heard.messages.get(topic).into_iter().flatten();
        messages
            .filter(|message| ***message == *text.as_bytes())
            .count()
    }

    async fn until(&self, what: &str, mut is_so: impl FnMut(&Heard) -> bool) {
        let mut heard = self.heard.clone();
        let waiting = heard.wait_for(|heard| is_so(heard));
        let is_so = timeout(DEADLINE, waiting).await.is_ok();
        assert!(is_so, "{what} did not come");
    }

    /// Waits for a message.
    pub(super) async fn until_text(&self, topic: &str, text: &str) {
        let what = format!("{text:?} of {topic:?}");
        self.until(&what, |heard| {
            let messages = heard.messages.get(topic);
            messages.is_some_and(|all| all.iter().rev().any(|message| *message == *text))
        })
        .await;
    }

    /// Waits until so many messages of a topic have come.
    pub(super) async fn until_count(&self, topic: &str, count: usize) {
        self.until(&format!("message {count} of {topic:?}"), |heard| {
            let messages = heard.messages.get(topic);
            messages.is_some_and(|all| all.len() >= count)
        })
        .await;
    }

    /// The gaps of a topic, told for it or for all: whether each was the end of one.
    pub(super) fn gaps(&self, topic: &str) -> Vec<bool> {
        gaps(&self.heard.borrow(), topic)
    }

    /// Waits until a gap of a topic has begun that was not told when `known` were.
    pub(super) async fn until_begun(&self, topic: &str, known: usize) {
        self.until(&format!("the begin of a gap of {topic:?}"), |heard| {
            gaps(heard, topic)[known..].contains(&false)
        })
        .await;
    }

    /// Waits until no gap of a topic is open, of those told after `known`.
    pub(super) async fn until_over(&self, topic: &str, known: usize) {
        self.until(&format!("the end of a gap of {topic:?}"), |heard| {
            gaps(heard, topic)[known..].last() == Some(&true)
        })
        .await;
    }

    pub(super) async fn healthy(&self, expected: Health) {
        eventually(&format!("it is {expected:?}"), async || {
            (self.broker.health() == expected).then_some(())
        })
        .await;
    }

    /// Publishes until it can, and waits until it comes to another node.
    pub(super) async fn reaches(&self, other: &Self, topic: &str, text: &str) {
        eventually("it is published", async || {
            self.publish(topic, text).await.ok()
        })
        .await;
        other.until_text(topic, text).await;
    }

    /// Returns when what was asked of this node before is done, be it that nobody waits for it.
    ///
    /// It is asked for many more topics, one after the other: wherever the first went, one of these goes as well.
    pub(super) async fn catches_up(&self) {
        for number in 0..50 {
            let topic = format!("g.catching up/{number}");
            self.subscribe(&topic).await;
            self.broker.unsubscribe(&topic);
        }
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        self.broker.capabilities()
    }
}

fn gaps(heard: &Heard, topic: &str) -> Vec<bool> {
    let concerns = |gap: &&Gap| {
        let topics = gap.topics.as_ref();
        topics.is_none_or(|topics| topics.iter().any(|of| **of == *topic))
    };
    let gaps = heard.gaps.iter().filter(concerns);
    gaps.map(|gap| gap.over).collect()
}

pub(super) fn text(message: &Bytes) -> String {
    String::from_utf8_lossy(message).into_owned()
}

/// Asks again and again for something that tells nobody.
pub(super) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let mut ticks = interval(Duration::from_millis(5));
    let asking = async {
        loop {
            ticks.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    let found = timeout(DEADLINE, asking).await;
    found.unwrap_or_else(|_| panic!("it did not happen: {what}"))
}

/// What comes of something that is promised within 2 s.
pub(super) async fn within_2_s<T>(what: &str, doing: impl Future<Output = T>) -> T {
    within(what, Duration::ZERO, doing).await
}

/// What comes of something that is promised within 2 s after `longer`.
pub(super) async fn within<T>(what: &str, longer: Duration, doing: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let outcome = timeout(DEADLINE + longer, doing).await;
    let took = begun.elapsed();
    assert!(took < longer + AT_MOST, "{what} took {took:?}");
    outcome.unwrap_or_else(|_| panic!("{what} does not end"))
}

/// What publishing may fail with while the bus is away.
pub(super) fn is_away(published: Result<(), BrokerError>) -> bool {
    matches!(published, Err(BrokerError::Unavailable | BrokerError::Full))
}
