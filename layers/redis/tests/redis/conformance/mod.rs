//! The suite that every broker passes.

mod cluster;
mod server;
mod silent;

use std::time::Duration;

use realtime_redis::{Builder, Redis};

use crate::support::Server;

/// Comes back, and notices what is silent, faster than by default, so that the tests take less time.
async fn node(builder: Builder) -> Redis {
    builder
        .backoff(Duration::from_millis(20), Duration::from_millis(200))
        .probe(Duration::from_millis(200))
        .connect()
        .await
        .unwrap()
}

/// Cuts all connections but that of who asks.
async fn cut(server: &Server) {
    for kind in ["normal", "pubsub"] {
        let _: usize = server.command(&["CLIENT", "KILL", "TYPE", kind]).await;
    }
}
