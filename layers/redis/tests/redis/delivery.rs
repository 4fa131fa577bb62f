//! What it costs, and what it refuses.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use realtime_redis::Redis;
use realtime_runtime::broker::{Broker, BrokerError};
use redis::Value;

use crate::support::{Node, Server, eventually, within_2_s};

#[tokio::test]
async fn a_message_and_a_subscription_are_one_command_each() {
    let server = Server::start().await;
    let node = Node::up(Redis::builder(&server.url()).probe(Duration::from_secs(3600))).await;
    let subscribed_to_the_probe = server.calls("subscribe").await;
    assert_eq!(subscribed_to_the_probe, 1);
    let topics: Vec<_> = (0..300).map(|number| format!("room {number}")).collect();
    join_all(topics.iter().map(|topic| node.subscribe(topic))).await;
    // Those that stand are not asked for again.
    join_all(topics.iter().map(|topic| node.subscribe(topic))).await;
    let publishing = topics
        .iter()
        .flat_map(|topic| [node.publish(topic, "1"), node.publish(topic, "2")]);
    assert!(join_all(publishing).await.iter().all(Result::is_ok));
    for topic in &topics {
        node.broker.unsubscribe(topic);
    }
    eventually("all are unsubscribed from", async || {
        server.channels().await.is_empty().then_some(())
    })
    .await;
    let mut calls = Vec::new();
    for command in ["subscribe", "unsubscribe", "publish"] {
        calls.push(server.calls(command).await);
    }
    println!("300 topics, 600 messages: subscribe, unsubscribe, publish {calls:?}");
    assert_eq!(calls, [301, 300, 600]);
}

#[tokio::test]
async fn what_no_longer_fits_is_refused_and_fails_in_time() {
    let server = Server::start().await;
    let builder = Redis::builder(&server.url())
        .waiting(4)
        .waiting_bytes(3 << 20);
    let node = Node::up(builder.probe(Duration::from_secs(3600))).await;
    server.pause();
    let large = || node.broker.publish("room", Bytes::from(vec![0; 1 << 20]));
    let large = [large(), large(), large(), large()];
    let small: Vec<_> = (0..3)
        .map(|_| node.broker.publish("room", Bytes::new()))
        .collect();
    let large = within_2_s(join_all(large)).await;
    assert_eq!(large[3], Err(BrokerError::Full), "too many bytes");
    assert_eq!(large[..3], [Err(BrokerError::Unavailable); 3]);
    let small = within_2_s(join_all(small)).await;
    assert_eq!(small[1..], [Err(BrokerError::Full); 2], "too many");
    assert_eq!(small[0], Err(BrokerError::Unavailable));
    server.go_on();
    node.subscribe("room").await;
    node.reaches(&node, "room", "there is room again").await;
}

#[tokio::test]
async fn to_drop_it_ends_its_connections() {
    let server = Server::start().await;
    let node = Node::on(&server).await;
    node.subscribe("room").await;
    let idle = node.subscribe("never awaited");
    drop(idle);
    assert_eq!(
        server.connections().await,
        2,
        "one publishes, one subscribes"
    );
    drop(node);
    eventually("they are closed", async || {
        (server.connections().await == 0).then_some(())
    })
    .await;
    let channels: Value = server.command(&["PUBSUB", "CHANNELS"]).await;
    assert_eq!(channels, Value::Array(Vec::new()), "not even its probe");
}
