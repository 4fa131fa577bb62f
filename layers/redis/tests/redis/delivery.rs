//! What is published comes, as it is and where it shall.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use realtime_redis::Redis;
use realtime_runtime::broker::{Broker, BrokerError};
use redis::Value;

use crate::support::{Node, Server, eventually, within_2_s};

/// All called before one is awaited.
async fn publish_500(node: &Node, name: &str) -> Vec<Result<(), BrokerError>> {
    let message = |number: u32| Bytes::from(format!("{name} {number}"));
    let publishing = (0..500).map(|number| node.broker.publish("room", message(number)));
    let mut publishing: Vec<_> = publishing.collect();
    // The order is that of the calls, whoever is polled first.
    publishing.reverse();
    join_all(publishing).await
}

#[tokio::test]
async fn a_publisher_is_heard_in_its_order() {
    let server = Server::start().await;
    let (a, b, listener) = (
        Node::on(&server).await,
        Node::on(&server).await,
        Node::on(&server).await,
    );
    listener.subscribe("room").await;
    let (of_a, of_b) = tokio::join!(publish_500(&a, "a"), publish_500(&b, "b"));
    assert!(of_a.iter().chain(&of_b).all(Result::is_ok));
    listener
        .until("1000 messages", |all| all.len() == 1000)
        .await;
    for name in ["a", "b"] {
        let mut heard = listener.texts("room");
        heard.retain(|text| text.starts_with(name));
        let expected: Vec<_> = (0..500).map(|number| format!("{name} {number}")).collect();
        assert_eq!(heard, expected, "in order, and each once");
    }
}

#[tokio::test]
async fn all_subscribers_hear_it_and_nobody_else() {
    let server = Server::start().await;
    let (a, b, other) = (
        Node::on(&server).await,
        Node::on(&server).await,
        Node::on(&server).await,
    );
    for node in [&a, &b] {
        node.subscribe("room").await;
    }
    other.subscribe("elsewhere").await;
    a.publish("room", "hi").await.unwrap();
    a.publish("elsewhere", "marker").await.unwrap();
    for node in [&a, &b] {
        node.until_text("room", "hi").await;
        assert_eq!(node.texts("elsewhere"), [""; 0]);
    }
    other.until_text("elsewhere", "marker").await;
    assert_eq!(other.arrivals().len(), 1, "what came before is not for it");
}

#[tokio::test]
async fn to_subscribe_twice_is_once_and_to_unsubscribe_ends_it() {
    let server = Server::start().await;
    let node = Node::on(&server).await;
    node.subscribe("marker").await;
    for _ in 0..2 {
        node.subscribe("room").await;
    }
    node.publish("room", "once").await.unwrap();
    node.publish("marker", "1").await.unwrap();
    node.until_text("marker", "1").await;
    assert_eq!(node.texts("room"), ["once"]);
    node.broker.unsubscribe("room");
    node.broker.unsubscribe("never wanted");
    eventually("it is not listened to", async || {
        (server.channels().await == ["realtime:marker"]).then_some(())
    })
    .await;
    node.publish("room", "too late").await.unwrap();
    node.publish("marker", "2").await.unwrap();
    node.until_text("marker", "2").await;
    assert_eq!(node.texts("room"), ["once"]);
    node.subscribe("room").await;
    node.publish("room", "again").await.unwrap();
    node.until_text("room", "again").await;
}

#[tokio::test]
async fn bytes_are_carried_as_they_are_and_not_too_many() {
    let server = Server::start().await;
    let node = Node::on(&server).await;
    let binary: Bytes = (0..=255).chain(*b"\r\n$3\r\n").collect();
    let large = Bytes::from(vec![b'x'; 1 << 20]);
    let topics = [
        "room",
        "",
        "ro{o}m",
        "*",
        "a b\r\nc",
        "münchen:1",
        "~probe:",
    ];
    for topic in topics {
        node.subscribe(topic).await;
    }
    for topic in topics {
        for message in [&binary, &Bytes::new(), &large] {
            node.broker.publish(topic, message.clone()).await.unwrap();
        }
    }
    node.until("all", |all| all.len() == 3 * topics.len()).await;
    for topic in topics {
        assert!(
            node.messages(topic) == [binary.clone(), Bytes::new(), large.clone()],
            "{topic}"
        );
    }
    let larger = Bytes::from(vec![b'x'; (1 << 20) + 1]);
    let error = node.broker.publish("room", larger).await;
    assert_eq!(error, Err(BrokerError::TooLarge { limit: 1 << 20 }));
}

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
async fn prefixes_keep_applications_apart() {
    let server = Server::start().await;
    let with = |prefix: &str| Node::up(Redis::builder(&server.url()).prefix(prefix));
    let (shop, shop_b, blog) = (with("shop").await, with("shop").await, with("blog").await);
    for node in [&shop_b, &blog] {
        node.subscribe("room").await;
    }
    assert_eq!(server.channels().await, ["blog:room", "shop:room"]);
    shop.publish("room", "sold").await.unwrap();
    shop_b.until_text("room", "sold").await;
    blog.publish("room", "written").await.unwrap();
    blog.until_text("room", "written").await;
    assert_eq!(blog.texts("room"), ["written"]);
    assert_eq!(shop_b.texts("room"), ["sold"]);
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
