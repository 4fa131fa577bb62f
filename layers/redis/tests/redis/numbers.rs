//! What it costs: `cargo test -p realtime-redis --release -- --ignored --nocapture numbers`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use realtime_redis::Redis;
use realtime_runtime::broker::{Arrival, Broker, Health, Inbox};
use tokio::sync::Notify;

use crate::support::{Server, eventually};

/// A node that only counts.
struct Counter {
    broker: Redis,
    arrived: Arc<AtomicUsize>,
    told: Arc<Notify>,
}

impl Counter {
    async fn on(server: &Server) -> Self {
        let broker = Redis::connect(&server.url()).await.unwrap();
        let (arrived, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counts, tells) = (arrived.clone(), told.clone());
        broker.start(Inbox::new(move |arrival| {
            if matches!(arrival, Arrival::Published { .. }) {
                counts.fetch_add(1, Ordering::Release);
                tells.notify_one();
            }
        }));
        eventually("it is up", async || {
            (broker.health() == Health::Up).then_some(())
        })
        .await;
        Self {
            broker,
            arrived,
            told,
        }
    }

    async fn until(&self, count: usize) {
        while self.arrived.load(Ordering::Acquire) < count {
            self.told.notified().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures, and asserts little"]
async fn latency_and_messages_per_second() {
    const MESSAGES: usize = 100_000;
    let server = Server::start().await;
    let (publisher, listener) = (Counter::on(&server).await, Counter::on(&server).await);
    listener.broker.subscribe("room").await.unwrap();
    let message = Bytes::from(vec![b'x'; 100]);

    let mut took: Vec<Duration> = Vec::new();
    for number in 1..=5000 {
        let begun = Instant::now();
        let (published, ()) = tokio::join!(
            publisher.broker.publish("room", message.clone()),
            listener.until(number)
        );
        published.unwrap();
        took.push(begun.elapsed());
    }
    took.sort();
    println!(
        "publish → deliver: p50 {:?}, p99 {:?}",
        took[took.len() / 2],
        took[took.len() * 99 / 100]
    );

    let before = server.calls("publish").await;
    let begun = Instant::now();
    let publishing =
        stream::iter(0..MESSAGES).map(|_| publisher.broker.publish("room", message.clone()));
    let failed = publishing
        .buffered(900)
        .filter(|outcome| std::future::ready(outcome.is_err()));
    assert_eq!(failed.count().await, 0);
    let published = begun.elapsed();
    listener.until(5000 + MESSAGES).await;
    let delivered = begun.elapsed();
    let per_second = |time: Duration| MESSAGES as f64 / time.as_secs_f64();
    println!(
        "{:.0} published per second, {:.0} delivered, {} commands for {MESSAGES} messages",
        per_second(published),
        per_second(delivered),
        server.calls("publish").await - before
    );
}
