//! Redis is not there, or goes and comes back.

use std::time::Duration;

use example_testing::{Nodes, Running, Socket};

use crate::{PROGRAM, fire, hears, tab, titles};

/// One user with a tab on each of two nodes.
struct Ann {
    here: Running,
    there: Running,
    cookie: String,
    near: Socket,
    far: Socket,
}

impl Ann {
    async fn on(nodes: &Nodes) -> Self {
        let (here, there) = (nodes.start(), nodes.start());
        let cookie = here.sign_in("ann");
        let (near, far) = (tab(&here, &cookie).await, tab(&there, &cookie).await);
        Self {
            here,
            there,
            cookie,
            near,
            far,
        }
    }

    /// Both nodes know that they are alone, and serve their own.
    async fn is_apart(&self) {
        self.here.cut_off().await;
        self.there.cut_off().await;
        fire(&self.here, &self.cookie, "alone here");
        fire(&self.there, &self.cookie, "alone there");
        hears(&self.near, &["before", "alone here"], 2).await;
        hears(&self.far, &["before", "alone there"], 3).await;
    }

    /// Both nodes reach each other again, and nobody was closed. What was missed stays in the list.
    async fn is_together(&self) {
        self.here.joined().await;
        self.there.joined().await;
        fire(&self.here, &self.cookie, "from here");
        for tab in [&self.near, &self.far] {
            tab.until("the first one", |heard| {
                titles(&heard.frames).last() == Some(&"from here")
            })
            .await;
        }
        fire(&self.there, &self.cookie, "from there");
        let after = ["from here", "from there"];
        hears(
            &self.near,
            &[&["before", "alone here"], &after[..]].concat(),
            5,
        )
        .await;
        hears(
            &self.far,
            &[&["before", "alone there"], &after[..]].concat(),
            5,
        )
        .await;
        assert!(self.near.is_open() && self.far.is_open());
    }
}

#[tokio::test]
async fn nodes_that_start_without_redis_serve_their_own_and_join_when_they_can() {
    let mut nodes = Nodes::without_redis(PROGRAM);
    let ann = Ann::on(&nodes).await;
    let log = nodes.log();
    let told = log.matches("Redis cannot be reached; trying again until it can");
    assert_eq!(told.count(), 2, "each says it once: {log}");
    assert!(log.contains(&nodes.redis.url()), "and where it is: {log}");
    fire(&ann.here, &ann.cookie, "alone");
    hears(&ann.near, &["alone"], 1).await;

    nodes.redis.restart().await;
    ann.here.joined().await;
    ann.there.joined().await;
    fire(&ann.here, &ann.cookie, "together");
    hears(&ann.near, &["alone", "together"], 2).await;
    hears(&ann.far, &["together"], 2).await;
}

#[tokio::test]
async fn redis_is_killed_and_started_again() {
    let mut nodes = Nodes::of(PROGRAM).await;
    let ann = Ann::on(&nodes).await;
    fire(&ann.here, &ann.cookie, "before");
    hears(&ann.far, &["before"], 1).await;
    nodes.redis.kill();
    ann.is_apart().await;
    nodes.redis.restart().await;
    ann.is_together().await;
}

#[tokio::test]
async fn redis_is_paused_for_10_s() {
    let nodes = Nodes::of(PROGRAM).await;
    let ann = Ann::on(&nodes).await;
    fire(&ann.here, &ann.cookie, "before");
    hears(&ann.far, &["before"], 1).await;
    let paused = nodes.redis.pause_for(Duration::from_secs(10));
    ann.is_apart().await;
    paused.await;
    ann.is_together().await;
}
