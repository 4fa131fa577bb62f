//! On a cluster of three masters.

use realtime_redis::Redis;
use realtime_testing::broker::{Bus, Fault};

use super::{cut, node};
use crate::support::Cluster;

impl Bus for Cluster {
    type Broker = Redis;

    async fn node(&self) -> Redis {
        node(Redis::builder(&self.url())).await
    }

    async fn stranger(&self) -> Redis {
        node(Redis::builder(&self.url()).prefix("stranger")).await
    }

    async fn topics(&self) -> Option<usize> {
        let mut topics = 0;
        for server in &self.nodes {
            let channels: Vec<String> = server.command(&["PUBSUB", "SHARDCHANNELS"]).await;
            let probes = channels.iter().filter(|name| name.contains('~')).count();
            topics += channels.len() - probes;
        }
        Some(topics)
    }

    async fn fail(&mut self, fault: Fault) {
        for server in &mut self.nodes {
            match fault {
                Fault::Killed => server.kill(),
                Fault::Paused => server.pause(),
                Fault::Disconnected => cut(server).await,
                other => panic!("{other:?}"),
            }
        }
    }

    async fn heal(&mut self, fault: Fault) {
        for server in &mut self.nodes {
            match fault {
                Fault::Killed => server.restart().await,
                Fault::Paused => server.go_on(),
                other => panic!("{other:?}"),
            }
        }
    }
}

realtime_testing::broker_conformance!(Cluster::start(), Killed, Paused, Disconnected);
