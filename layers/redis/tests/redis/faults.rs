//! Redis goes, and comes back.

use std::time::Duration;

use realtime_redis::Redis;
use realtime_runtime::broker::{BrokerError, Gap, Health};
use tokio::time::Instant;

use crate::support::{Node, Server, begun, eventually, over, within_2_s};

#[tokio::test]
async fn a_redis_that_is_known_to_be_down_is_one_gap_and_publishing_fails_at_once() {
    let mut server = Server::start().await;
    let (a, b) = (Node::on(&server).await, Node::on(&server).await);
    a.subscribe("room").await;
    server.kill();
    for node in [&a, &b] {
        node.until_times(1, begun).await;
        node.healthy(Health::Down).await;
    }
    let before = Instant::now();
    let error = b.publish("room", "lost").await;
    assert_eq!(error, Err(BrokerError::Unavailable));
    assert!(before.elapsed() < Duration::from_millis(200), "it is known");
    server.restart().await;
    a.until_times(1, over).await;
    b.reaches(&a, "room", "back").await;
    assert_eq!((a.count(begun), a.count(over)), (1, 1));
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
