//! Redis goes, and comes back.

use std::time::Duration;

use realtime_redis::Redis;
use realtime_runtime::broker::{Broker, BrokerError, Gap, Health};
use tokio::time::Instant;

use crate::support::{Node, Proxy, Server, begun, eventually, free_port, over, within_2_s};

#[tokio::test]
async fn a_killed_redis_is_told_and_what_was_wanted_is_wanted_again() {
    let mut server = Server::start().await;
    let (a, b) = (Node::on(&server).await, Node::on(&server).await);
    for topic in ["kept", "left"] {
        a.subscribe(topic).await;
    }
    server.kill();
    let killed = Instant::now();
    within_2_s(a.until_times(1, begun)).await;
    println!("the gap was told {:?} after the kill", killed.elapsed());
    b.until_times(1, begun).await;
    let error = within_2_s(b.publish("kept", "lost")).await;
    assert_eq!(error, Err(BrokerError::Unavailable));
    assert_eq!(a.broker.health(), Health::Down);
    // Both work while it is down.
    within_2_s(a.subscribe("added")).await;
    a.broker.unsubscribe("left");
    assert_eq!(a.count(over), 0);

    server.restart().await;
    a.until_times(1, over).await;
    assert_eq!(server.channels().await, ["realtime:added", "realtime:kept"]);
    a.healthy(Health::Up).await;
    b.healthy(Health::Up).await;
    for topic in ["kept", "added"] {
        b.publish(topic, "back").await.unwrap();
        a.until_text(topic, "back").await;
    }
    assert_eq!(a.texts("kept"), ["back"]);
    assert_eq!((a.count(begun), a.count(over)), (1, 1), "one gap");
}

#[tokio::test]
async fn a_paused_redis_is_noticed_although_its_connections_stand() {
    let server = Server::start().await;
    let builder = || Redis::builder(&server.url()).probe(Duration::from_millis(500));
    let (a, b) = (Node::up(builder()).await, Node::up(builder()).await);
    a.subscribe("room").await;
    server.pause();
    let paused = Instant::now();
    let publishing = within_2_s(b.publish("room", "lost")).await;
    assert_eq!(publishing, Err(BrokerError::Unavailable));
    a.until_times(1, begun).await;
    println!("the gap was told {:?} after the pause", paused.elapsed());
    assert!(
        paused.elapsed() < Duration::from_secs(4),
        "a probe and its patience"
    );
    a.healthy(Health::Down).await;
    b.healthy(Health::Down).await;
    let begun_at = Instant::now();
    assert_eq!(
        b.publish("room", "lost").await,
        Err(BrokerError::Unavailable)
    );
    assert!(
        begun_at.elapsed() < Duration::from_millis(200),
        "it is known"
    );
    within_2_s(a.subscribe("other")).await;
    server.go_on();
    a.until_times(1, over).await;
    b.reaches(&a, "room", "back").await;
    b.reaches(&a, "other", "back").await;
    a.healthy(Health::Up).await;
}

#[tokio::test]
async fn its_connections_are_killed_ten_times() {
    let server = Server::start().await;
    let (a, b) = (Node::on(&server).await, Node::on(&server).await);
    a.subscribe("room").await;
    for time in 1..=10 {
        let kind = if time % 2 == 0 { "pubsub" } else { "normal" };
        if time % 2 == 0 {
            let () = server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
            within_2_s(a.until_times(time / 2, begun)).await;
            a.until_times(time / 2, over).await;
        } else {
            let _: usize = server.command(&["CLIENT", "KILL", "TYPE", kind]).await;
        }
        b.reaches(&a, "room", &format!("after {time}")).await;
    }
    let heard = a.texts("room");
    let expected: Vec<_> = (1..=10).map(|time| format!("after {time}")).collect();
    assert_eq!(heard, expected, "each once");
    assert_eq!(a.count(begun), a.count(over));
    a.healthy(Health::Up).await;
    eventually("no connection is left behind", async || {
        (server.connections().await == 4).then_some(())
    })
    .await;
}

#[tokio::test]
async fn it_starts_without_redis_and_connects_when_it_can() {
    let mut server = Server::stopped(free_port());
    let node = within_2_s(Node::with(Redis::builder(&server.url()))).await;
    assert_eq!(node.broker.health(), Health::Down);
    within_2_s(node.subscribe("room")).await;
    let error = within_2_s(node.publish("room", "lost")).await;
    assert_eq!(error, Err(BrokerError::Unavailable));
    node.until_times(1, begun).await;
    server.restart().await;
    node.until_times(1, over).await;
    node.reaches(&node, "room", "there it is").await;
    node.healthy(Health::Up).await;
    assert_eq!(node.texts("room"), ["there it is"]);
}

#[tokio::test]
async fn a_subscription_that_is_silently_dead_is_noticed() {
    let server = Server::start().await;
    let proxy = Proxy::to(server.port).await;
    let node = Node::up(Redis::builder(&proxy.url()).probe(Duration::from_millis(200))).await;
    node.subscribe("room").await;
    node.reaches(&node, "room", "before").await;
    // Redis confirms what is published, only nothing comes. The first connection was that of `connect`.
    proxy.mute_messages(2);
    let muted = Instant::now();
    node.publish("room", "lost").await.unwrap();
    node.until_times(1, begun).await;
    println!(
        "the gap was told {:?} after the connection went silent",
        muted.elapsed()
    );
    node.until_times(1, over).await;
    node.healthy(Health::Up).await;
    node.reaches(&node, "room", "after").await;
    assert_eq!(node.texts("room"), ["before", "after"]);
}

#[tokio::test]
async fn a_subscription_that_takes_too_long_has_a_gap_of_its_own() {
    let server = Server::start().await;
    let builder = Redis::builder(&server.url()).probe(Duration::from_secs(3600));
    let (node, other) = (Node::up(builder).await, Node::on(&server).await);
    node.subscribe("room").await;
    server.pause();
    // The first is under way until Redis goes on; the second comes after it.
    let subscribing = within_2_s(node.subscribe("slow"));
    subscribing.await;
    let expected = Gap {
        topics: Some(vec!["slow".into()]),
        over: false,
    };
    let is_told =
        |arrival: &_| *arrival == realtime_runtime::broker::Arrival::Gap(expected.clone());
    assert_eq!(node.count(is_told), 1);
    server.go_on();
    node.until_times(1, over).await;
    other.reaches(&node, "slow", "there").await;
}
