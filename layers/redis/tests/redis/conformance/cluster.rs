//! On a cluster of three masters.

use realtime_redis::Redis;
use realtime_testing::broker::{Bus, Fault};

use super::{cut, node};
use crate::support::{Cluster, Server, eventually};

struct Masters(Cluster);

/// Three masters that know each other's slots, which they tell faster with a short timeout. That the cluster counts itself as
/// up takes 2 s more; channels need not wait for that.
async fn start() -> Masters {
    let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "200"];
    let mut nodes: Vec<Server> = Vec::new();
    for (first, last) in [("0", "5460"), ("5461", "10922"), ("10923", "16383")] {
        let node = Server::with(&options).await;
        let () = node
            .command(&["CLUSTER", "ADDSLOTSRANGE", first, last])
            .await;
        for other in &nodes {
            let port = other.port.to_string();
            let () = node.command(&["CLUSTER", "MEET", "127.0.0.1", &port]).await;
        }
        nodes.push(node);
    }
    for node in &nodes {
        eventually("it knows all slots", async || {
            let info: String = node.command(&["CLUSTER", "INFO"]).await;
            info.contains("cluster_slots_assigned:16384").then_some(())
        })
        .await;
    }
    Masters(Cluster { nodes })
}

impl Bus for Masters {
    type Broker = Redis;

    async fn node(&self) -> Redis {
        node(Redis::builder(&self.0.url())).await
    }

    async fn stranger(&self) -> Redis {
        node(Redis::builder(&self.0.url()).prefix("stranger")).await
    }

    async fn topics(&self) -> Option<usize> {
        let mut topics = 0;
        for server in &self.0.nodes {
            let channels: Vec<String> = server.command(&["PUBSUB", "SHARDCHANNELS"]).await;
            let probes = channels.iter().filter(|name| name.contains('~')).count();
            topics += channels.len() - probes;
        }
        Some(topics)
    }

    async fn fail(&mut self, fault: Fault) {
        for server in &mut self.0.nodes {
            match fault {
                Fault::Killed => server.kill(),
                Fault::Paused => server.pause(),
                Fault::Disconnected => cut(server).await,
                other => panic!("{other:?}"),
            }
        }
    }

    async fn heal(&mut self, fault: Fault) {
        for server in &mut self.0.nodes {
            match fault {
                Fault::Killed => server.restart().await,
                Fault::Paused => server.go_on(),
                other => panic!("{other:?}"),
            }
        }
    }
}

realtime_testing::broker_conformance!(start(), Killed, Paused, Disconnected);
