//! Servers, and nodes that listen.

mod node;

use std::time::Duration;

pub(crate) use node::{Node, begun, over};
pub(crate) use redis_testing::{Cluster, DEADLINE, Proxy, Server, eventually, free_port};
use tokio::time::{Instant, timeout};

/// What comes of something, and that it was not longer under way than 2 s and what a busy machine takes.
pub(crate) async fn within_2_s<T>(what: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let outcome = timeout(DEADLINE, what).await.unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "it took {took:?}");
    outcome
}
