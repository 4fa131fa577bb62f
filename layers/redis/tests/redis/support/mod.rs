//! Servers, and nodes that listen.

mod cluster;
mod node;
mod proxy;
mod server;

use std::time::Duration;

pub(crate) use cluster::Cluster;
pub(crate) use node::{Node, begun, over};
pub(crate) use proxy::Proxy;
pub(crate) use server::{Server, free_port};
use tokio::time::{Instant, interval, timeout};

/// When a fact that is waited for has failed to come; the promises have limits of their own.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Asks again and again for something that tells nobody.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
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

/// What comes of something, and that it was not longer under way than 2 s and what a busy machine takes.
pub(crate) async fn within_2_s<T>(what: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let outcome = timeout(DEADLINE, what).await.unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "it took {took:?}");
    outcome
}
