//! What a connection may use, how long it may be there, and what happens beyond that.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

mod connections;
mod credentials;
mod desk;
mod document;
mod feed;
mod frames;
#[path = "../scenarios/log.rs"]
mod log;
mod outbox;
#[path = "../raw/mod.rs"]
mod raw;

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// Lets others go on until something is so. For what has no cause, as a connection that is cut.
async fn until(mut so: impl FnMut() -> bool) {
    let waiting = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(10 * SECOND, waiting).await.unwrap();
}
