//! A node: a broker, and what comes to its inbox.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use realtime_redis::{Builder, Redis};
use realtime_runtime::broker::{Arrival, Broker, BrokerError, Gap, Health, Inbox};
use tokio::{sync::watch, time::timeout};

use super::{DEADLINE, Server, eventually};

pub(crate) struct Node {
    pub(crate) broker: Redis,
    arrivals: watch::Receiver<Vec<Arrival>>,
}

pub(crate) fn begun(arrival: &Arrival) -> bool {
    matches!(arrival, Arrival::Gap(Gap { over: false, .. }))
}

pub(crate) fn over(arrival: &Arrival) -> bool {
    matches!(arrival, Arrival::Gap(Gap { over: true, .. }))
}

impl Node {
    /// On a server, and up.
    pub(crate) async fn on(server: &Server) -> Self {
        Self::up(Redis::builder(&server.url())).await
    }

    /// Up.
    pub(crate) async fn up(builder: Builder) -> Self {
        let node = Self::with(builder).await;
        node.healthy(Health::Up).await;
        node
    }

    /// Up or not. It comes back faster than by default, so that the tests take less time.
    pub(crate) async fn with(builder: Builder) -> Self {
        let builder = builder.backoff(Duration::from_millis(20), Duration::from_millis(200));
        let broker = builder.connect().await.unwrap();
        let (arrived, arrivals) = watch::channel(Vec::new());
        broker.start(Inbox::new(move |arrival| {
            arrived.send_modify(|all| all.push(arrival));
        }));
        Self { broker, arrivals }
    }

    pub(crate) async fn publish(&self, topic: &str, text: &str) -> Result<(), BrokerError> {
        let message = Bytes::copy_from_slice(text.as_bytes());
        self.broker.publish(topic, message).await
    }

    pub(crate) async fn subscribe(&self, topic: &str) {
        self.broker.subscribe(topic).await.unwrap();
    }

    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.borrow().clone()
    }

    /// What has come of a topic.
    pub(crate) fn messages(&self, topic: &str) -> Vec<Bytes> {
        let of_topic = |arrival| match arrival {
            Arrival::Published { topic: of, message } if &*of == topic => Some(message),
            _ => None,
        };
        self.arrivals().into_iter().filter_map(of_topic).collect()
    }

    pub(crate) fn texts(&self, topic: &str) -> Vec<String> {
        let text = |bytes: Bytes| String::from_utf8(bytes.into()).unwrap();
        self.messages(topic).into_iter().map(text).collect()
    }

    /// Waits until what has come is as it shall be.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&[Arrival]) -> bool) {
        let mut arrivals = self.arrivals.clone();
        let waiting = arrivals.wait_for(|all| is_so(all));
        let is_so = timeout(DEADLINE, waiting).await.is_ok();
        assert!(is_so, "{what} did not come: {:?}", self.arrivals());
    }

    /// Waits until something has come `times` times.
    pub(crate) async fn until_times(&self, times: usize, is_it: impl Fn(&Arrival) -> bool) {
        let count = |all: &[Arrival]| all.iter().filter(|arrival| is_it(arrival)).count() >= times;
        self.until("as many", count).await;
    }

    /// Waits for a message.
    pub(crate) async fn until_text(&self, topic: &str, text: &str) {
        let expected = Arrival::Published {
            topic: Arc::from(topic),
            message: Bytes::copy_from_slice(text.as_bytes()),
        };
        self.until(text, |all| all.contains(&expected)).await;
    }

    pub(crate) fn count(&self, is_it: impl Fn(&Arrival) -> bool) -> usize {
        self.arrivals
            .borrow()
            .iter()
            .filter(|arrival| is_it(arrival))
            .count()
    }

    pub(crate) async fn healthy(&self, expected: Health) {
        eventually(&format!("{expected:?}"), async || {
            (self.broker.health() == expected).then_some(())
        })
        .await;
    }

    /// Publishes until it can, and waits until it comes to another node.
    pub(crate) async fn reaches(&self, other: &Self, topic: &str, text: &str) {
        eventually("it is published", async || {
            self.publish(topic, text).await.ok()
        })
        .await;
        other.until_text(topic, text).await;
    }
}
