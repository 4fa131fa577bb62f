//! On one server.

use realtime_redis::Redis;
use realtime_testing::broker::{Bus, Fault};

use super::{cut, node};
use crate::support::Server;

struct One(Server);

impl Bus for One {
    type Broker = Redis;

    async fn node(&self) -> Redis {
        node(Redis::builder(&self.0.url())).await
    }

    async fn stranger(&self) -> Redis {
        node(Redis::builder(&self.0.url()).prefix("stranger")).await
    }

    async fn topics(&self) -> Option<usize> {
        Some(self.0.channels().await.len())
    }

    async fn fail(&mut self, fault: Fault) {
        match fault {
            Fault::Killed => self.0.kill(),
            Fault::Paused => self.0.pause(),
            Fault::Disconnected => cut(&self.0).await,
            other => panic!("{other:?}"),
        }
    }

    async fn heal(&mut self, fault: Fault) {
        match fault {
            Fault::Killed => self.0.restart().await,
            Fault::Paused => self.0.go_on(),
            other => panic!("{other:?}"),
        }
    }
}

realtime_testing::broker_conformance!(
    async { One(Server::start().await) },
    Killed,
    Paused,
    Disconnected,
);
