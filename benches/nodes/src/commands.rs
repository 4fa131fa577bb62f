//! How many commands Redis gets for what happens on two nodes.

use std::{fmt, net::SocketAddr, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::sleep;

use crate::{
    client::Client,
    latency::Pair,
    process::Node,
    redis_server::{Calls, RedisServer},
};

/// How many connections a node has in groups of their own.
const GROUPS: usize = 100;
/// How many events are published.
const EVENTS: u64 = 1000;
/// How many connections are tracked.
const PRESENT: usize = 500;
/// Longer than the grace of presence, and than what is said of it waits for more.
const ALL_GRACES: Duration = Duration::from_secs(12);
/// Nothing has come for so long: what was caused is done.
const QUIET: Duration = Duration::from_millis(400);

/// What happened, and the commands that came of it.
pub(crate) struct Counted {
    what: &'static str,
    /// How often.
    times: u64,
    calls: Calls,
}

/// The commands of two nodes.
pub(crate) struct Counts(Vec<Counted>);

/// Two nodes that are watched.
struct Watched<'r> {
    redis: &'r mut RedisServer,
    nodes: [SocketAddr; 2],
    counts: Vec<Counted>,
}

impl Watched<'_> {
    /// Counts what comes while this runs, and of it afterwards.
    async fn count<T>(
        &mut self,
        what: &'static str,
        times: usize,
        happens: impl Future<Output = Result<T, String>>,
    ) -> Result<T, String> {
        let before = self.redis.calls().await?;
        let done = happens.await?;
        let mut calls = self.redis.calls().await?;
        loop {
            sleep(QUIET).await;
            let now = self.redis.calls().await?;
            if now == calls {
                break;
            }
            calls = now;
        }
        self.counts.push(Counted {
            what,
            times: times as u64,
            calls: calls.since(&before),
        });
        Ok(done)
    }
}

/// Starts nodes that send no probes, and counts.
pub(crate) async fn count() -> Result<Counts, String> {
    let mut redis = RedisServer::start().await?;
    let url = redis.url.clone();
    let arguments = ["--redis", &url, "--probe", "3600"];
    let nodes = [
        Node::start(&arguments).await?,
        Node::start(&arguments).await?,
    ];
    let addresses = [nodes[0].address, nodes[1].address];
    let mut pair = Pair::meet(addresses[0], addresses[1]).await?;
    let mut watched = Watched {
        redis: &mut redis,
        nodes: addresses,
        counts: Vec::new(),
    };
    let events = EVENTS as usize;
    watched
        .count("event published", events, pair.burst(EVENTS))
        .await?;
    groups(&mut watched).await?;
    presence(&mut watched).await?;
    Ok(Counts(watched.counts))
}

async fn groups(watched: &mut Watched<'_>) -> Result<(), String> {
    let [here, there] = watched.nodes;
    let first = watched
        .count("first member of a group on a node", GROUPS, members(here))
        .await?;
    let others = watched
        .count("further member of it there", GROUPS, members(here))
        .await?;
    let elsewhere = watched
        .count("first member on the other node", GROUPS, members(there))
        .await?;
    watched
        .count("member that leaves others", GROUPS, leave(others))
        .await?;
    watched
        .count("last member that leaves", GROUPS, leave(first))
        .await?;
    leave(elsewhere).await
}

/// One in each group.
async fn members(node: SocketAddr) -> Result<Vec<Client>, String> {
    let mut members = Vec::new();
    for group in 0..GROUPS {
        members.push(Client::member(node, &format!("room {group}")).await?);
    }
    Ok(members)
}

async fn leave(members: Vec<Client>) -> Result<(), String> {
    for member in members {
        member.close().await?;
    }
    Ok(())
}

async fn presence(watched: &mut Watched<'_>) -> Result<(), String> {
    let connections = connections(watched.nodes).await?;
    let tracked = track("one by one", connections, 1);
    let tracked = watched
        .count("connection tracked, one by one", PRESENT, tracked)
        .await?;
    watched
        .count(
            "tracked connection that leaves, one by one",
            PRESENT,
            async {
                leave(tracked).await?;
                sleep(ALL_GRACES).await;
                Ok(())
            },
        )
        .await?;
    let connections = self::connections(watched.nodes).await?;
    let tracked = track("at once", connections, PRESENT);
    let tracked = watched
        .count("connection tracked, all at once", PRESENT, tracked)
        .await?;
    leave(tracked).await
}

/// By turns on both nodes.
async fn connections(nodes: [SocketAddr; 2]) -> Result<Vec<Client>, String> {
    let mut connections = Vec::new();
    for number in 0..PRESENT {
        connections.push(Client::connect(nodes[number % 2]).await?);
    }
    Ok(connections)
}

/// So many at once.
async fn track(group: &str, clients: Vec<Client>, at_once: usize) -> Result<Vec<Client>, String> {
    let tracked = clients.into_iter().enumerate();
    let tracked = stream::iter(tracked).map(async |(number, mut client)| {
        client.track(group, &format!("user {number}")).await?;
        Ok::<_, String>(client)
    });
    tracked.buffered(at_once).try_collect().await
}

/// What nodes with the probes that they have by default say while nothing happens: first without presence, then with it.
pub(crate) async fn idle(
    redis: &mut RedisServer,
    nodes: [SocketAddr; 2],
    time: Duration,
) -> Result<Vec<(&'static str, Calls)>, String> {
    let mut found = Vec::new();
    let before = redis.calls().await?;
    sleep(time).await;
    found.push(("with no presence", redis.calls().await?.since(&before)));
    let mut present = Vec::new();
    for (place, node) in nodes.into_iter().enumerate() {
        let mut client = Client::connect(node).await?;
        client.track("idle", &format!("user {place}")).await?;
        present.push(client);
    }
    sleep(Duration::from_secs(1)).await;
    let before = redis.calls().await?;
    sleep(time).await;
    found.push(("with presence", redis.calls().await?.since(&before)));
    leave(present).await?;
    Ok(found)
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| for each | of so many | PUBLISH | SUBSCRIBE | UNSUBSCRIBE | others | commands for each |\n\
             |---|---:|---:|---:|---:|---:|---:|"
        )?;
        for Counted { what, times, calls } in &self.0 {
            writeln!(
                f,
                "| {what} | {times} | {} | {} | {} | {} | {:.3} |",
                calls.of("publish"),
                calls.of("subscribe"),
                calls.of("unsubscribe"),
                calls.others(&["publish", "subscribe", "unsubscribe"]),
                calls.all() as f64 / *times as f64,
            )?;
        }
        Ok(())
    }
}
