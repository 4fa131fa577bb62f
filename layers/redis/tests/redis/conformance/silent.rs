//! Behind a proxy that goes silent.

use std::sync::atomic::{AtomicUsize, Ordering};

use realtime_redis::Redis;
use realtime_testing::broker::{Bus, Fault, faults};

use super::node;
use crate::support::{Proxy, Server};

struct Proxied {
    _server: Server,
    proxy: Proxy,
    nodes: AtomicUsize,
}

impl Bus for Proxied {
    type Broker = Redis;

    async fn node(&self) -> Redis {
        self.nodes.fetch_add(1, Ordering::Relaxed);
        node(Redis::builder(&self.proxy.url())).await
    }

    async fn stranger(&self) -> Redis {
        node(Redis::builder(&self.proxy.url()).prefix("stranger")).await
    }

    async fn fail(&mut self, _: Fault) {
        // Each node has had three connections, the first of which was that of `connect`.
        let connections = 3 * self.nodes.load(Ordering::Relaxed);
        self.proxy.mute_messages(connections - 1);
    }
}

/// Redis confirms what is published, only nothing comes.
#[tokio::test]
async fn a_subscription_that_dies_silently_is_noticed() {
    let server = Server::start().await;
    let bus = Proxied {
        proxy: Proxy::to(server.port).await,
        _server: server,
        nodes: AtomicUsize::new(0),
    };
    faults::a_subscription_that_dies_silently_is_noticed(bus).await;
}
