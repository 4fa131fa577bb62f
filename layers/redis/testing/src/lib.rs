//! Private Redis servers for tests: processes on free ports, in temporary folders.
//!
//! Whatever goes wrong is a panic, as tests want it.

mod cluster;
mod proxy;
mod server;

use std::time::Duration;

use tokio::time::{interval, timeout};

pub use cluster::Cluster;
pub use proxy::Proxy;
pub use server::{Server, free_port};

/// When a fact that is waited for has failed to come; the promises have limits of their own.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Asks again and again for something that tells nobody.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
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
