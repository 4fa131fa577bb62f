//! What is published comes, as it is and where it shall.

use bytes::Bytes;
use futures_util::future::join_all;
use realtime_runtime::broker::{Broker, BrokerError};

use super::{
    Bus,
    node::{Node, eventually},
};

/// Messages of one publisher to one topic come in the order of the calls, each once, whoever else publishes.
///
/// Three nodes publish 300 messages each to each of three topics, all called before one is awaited.
pub async fn each_publisher_is_heard_in_its_order(bus: impl Bus) {
    const MESSAGES: usize = 300;
    let topics = ["g.a", "g.b", "g.c"];
    let publishers = [
        Node::on(&bus).await,
        Node::on(&bus).await,
        Node::on(&bus).await,
    ];
    let listener = Node::on(&bus).await;
    for topic in topics {
        listener.subscribe(topic).await;
    }
    let all = publishers.iter().enumerate().map(async |(of, node)| {
        for hundred in 0..MESSAGES / 100 {
            let mut calls = Vec::new();
            for number in hundred * 100..(hundred + 1) * 100 {
                let message = format!("{of} {number}");
                calls.extend(topics.map(|topic| node.publish(topic, &message)));
            }
            // The order is that of the calls, whoever is polled first.
            calls.reverse();
            assert_eq!(
                join_all(calls).await.into_iter().collect::<Result<(), _>>(),
                Ok(())
            );
        }
    });
    join_all(all).await;
    for topic in topics {
        listener
            .until_count(topic, publishers.len() * MESSAGES)
            .await;
        for of in 0..publishers.len() {
            let mut heard = listener.texts(topic);
            heard.retain(|text| text.starts_with(&format!("{of} ")));
            let expected: Vec<_> = (0..MESSAGES)
                .map(|number| format!("{of} {number}"))
                .collect();
            assert_eq!(heard, expected, "of one publisher to {topic}");
        }
    }
}

/// Every node that has subscribed gets one copy, the publisher too; subscribing twice is once.
pub async fn every_subscriber_gets_one_copy(bus: impl Bus) {
    let nodes = [
        Node::on(&bus).await,
        Node::on(&bus).await,
        Node::on(&bus).await,
    ];
    for node in &nodes {
        for _ in 0..2 {
            node.subscribe("g.room").await;
        }
    }
    for number in 0..10 {
        let message = number.to_string();
        nodes[0].publish("g.room", &message).await.unwrap();
    }
    let expected: Vec<_> = (0..10).map(|number| number.to_string()).collect();
    for node in &nodes {
        node.until_text("g.room", "9").await;
        assert_eq!(node.texts("g.room"), expected);
    }
}

/// Who has unsubscribed gets nothing, until it subscribes again; the others go on. To publish to nobody and to unsubscribe
/// from what was not subscribed to is no error.
pub async fn who_has_unsubscribed_gets_nothing(bus: impl Bus) {
    let (here, gone, publisher) = (
        Node::on(&bus).await,
        Node::on(&bus).await,
        Node::on(&bus).await,
    );
    for node in [&here, &gone] {
        node.subscribe("g.room").await;
    }
    publisher.publish("g.nobody", "hello?").await.unwrap();
    publisher.broker.unsubscribe("g.nobody");
    gone.broker.unsubscribe("g.room");
    gone.catches_up().await;
    publisher.publish("g.room", "one is gone").await.unwrap();
    here.until_text("g.room", "one is gone").await;
    gone.subscribe("g.room").await;
    publisher.publish("g.room", "all are here").await.unwrap();
    for node in [&here, &gone] {
        node.until_text("g.room", "all are here").await;
    }
    assert_eq!(here.texts("g.room"), ["one is gone", "all are here"]);
    assert_eq!(gone.texts("g.room"), ["all are here"]);
}

/// Any text is a topic, and no two topics are one.
pub async fn any_text_is_a_topic_of_its_own(bus: impl Bus) {
    let (node, publisher) = (Node::on(&bus).await, Node::on(&bus).await);
    let long = format!("g.{}", "room/".repeat(100));
    let longer = format!("{long}a");
    let topics = [
        "g.a/b",
        "g.a%2Fb",
        "g.a_b/c",
        "g.a/b_c",
        "g.A/b",
        "g.*",
        "g.>",
        "g.?",
        "g.[a-z]",
        "g.{a}b",
        "g.{a}c",
        "g.{}",
        "g.a b",
        " g.a b",
        "g.a\r\nb",
        "g.'\"\\;--",
        "g.münchen",
        "g.🦀",
        "~probe:",
        "all",
        "",
        &long,
        &longer,
    ];
    for topic in topics {
        node.subscribe(topic).await;
    }
    for topic in topics {
        publisher.publish(topic, topic).await.unwrap();
    }
    for topic in topics {
        node.until_text(topic, topic).await;
    }
    // Another message to each, so that all of the first has come.
    for topic in topics {
        publisher.publish(topic, "end").await.unwrap();
    }
    for topic in topics {
        node.until_text(topic, "end").await;
        assert_eq!(node.texts(topic), [topic, "end"]);
    }
    assert_eq!(node.len(), 2 * topics.len(), "and under no other name");
}

/// Bytes come as they are: any, none, and 1 MiB.
pub async fn bytes_come_as_they_are(bus: impl Bus) {
    let (node, publisher) = (Node::on(&bus).await, Node::on(&bus).await);
    node.subscribe("g.room").await;
    let messages = [
        (0..=255).chain(*b"\r\n$3\r\n'\0").collect(),
        Bytes::new(),
        Bytes::from(vec![0xff; 1 << 20]),
        Bytes::from_static(b"\x00"),
    ];
    for message in &messages {
        let publishing = publisher.broker.publish("g.room", message.clone());
        publishing.await.unwrap();
    }
    node.until_count("g.room", messages.len()).await;
    assert!(
        node.messages("g.room") == messages,
        "they have been changed"
    );
}

/// The largest message passes, one byte more is [`BrokerError::TooLarge`], and what follows is carried. Without a limit
/// 4 MiB pass.
pub async fn what_is_too_large_is_an_error(bus: impl Bus) {
    let (node, publisher) = (Node::on(&bus).await, Node::on(&bus).await);
    node.subscribe("g.room").await;
    let limit = node.capabilities().max_message_bytes;
    let largest = Bytes::from(vec![b'x'; limit.unwrap_or(4 << 20)]);
    let publishing = publisher.broker.publish("g.room", largest.clone());
    publishing.await.unwrap();
    if let Some(limit) = limit {
        assert!(limit >= 1 << 20, "1 MiB shall pass, {limit} do");
        let larger = Bytes::from(vec![b'x'; limit + 1]);
        let publishing = publisher.broker.publish("g.room", larger);
        assert_eq!(publishing.await, Err(BrokerError::TooLarge { limit }));
    }
    publisher.publish("g.room", "end").await.unwrap();
    node.until_text("g.room", "end").await;
    assert!(
        node.messages("g.room") == [largest, Bytes::from_static(b"end")],
        "the largest and the last, no other"
    );
}

/// Another application on the same server hears nothing, and is not heard.
pub async fn applications_do_not_hear_each_other(bus: impl Bus) {
    let (node, stranger) = (Node::on(&bus).await, Node::start(bus.stranger().await));
    for node in [&node, &stranger] {
        node.subscribe("g.room").await;
    }
    eventually("the stranger is heard by itself", async || {
        stranger.publish("g.room", "theirs").await.ok()
    })
    .await;
    node.publish("g.room", "ours").await.unwrap();
    stranger.until_text("g.room", "theirs").await;
    node.until_text("g.room", "ours").await;
    // Each publishes once more, so that what the other has published before would have come.
    stranger.publish("g.room", "theirs, too").await.unwrap();
    node.publish("g.room", "ours, too").await.unwrap();
    stranger.until_text("g.room", "theirs, too").await;
    node.until_text("g.room", "ours, too").await;
    assert_eq!(stranger.texts("g.room"), ["theirs", "theirs, too"]);
    assert_eq!(node.texts("g.room"), ["ours", "ours, too"]);
}

/// What is for one node comes to it, all of it, and to no other: 100 messages from each of four to each other.
pub async fn what_is_for_one_node_reaches_it_and_no_other(bus: impl Bus) {
    let mut nodes = Vec::new();
    for number in 0..4 {
        let node = Node::on(&bus).await;
        node.subscribe(&format!("n.{number}")).await;
        nodes.push(node);
    }
    let publishing = nodes.iter().enumerate().map(async |(from, node)| {
        for number in 0..100 {
            for to in (0..4).filter(|to| *to != from) {
                let (topic, message) = (format!("n.{to}"), format!("{from} {number}"));
                node.publish(&topic, &message).await.unwrap();
            }
        }
    });
    join_all(publishing).await;
    for (number, node) in nodes.iter().enumerate() {
        let own = format!("n.{number}");
        node.until_count(&own, 300).await;
        for from in (0..4).filter(|from| *from != number) {
            let mut heard = node.texts(&own);
            heard.retain(|text| text.starts_with(&format!("{from} ")));
            let expected: Vec<_> = (0..100).map(|number| format!("{from} {number}")).collect();
            assert_eq!(heard, expected);
        }
        assert_eq!(node.len(), 300, "nothing of the others");
    }
}

/// A node that nothing comes for, for longer than a silent loss may go unnoticed, is told no gap and hears what comes then.
pub async fn who_idles_misses_nothing(bus: impl Bus) {
    let (node, publisher) = (Node::on(&bus).await, Node::on(&bus).await);
    node.subscribe("g.room").await;
    // That time passes is what is tested.
    tokio::time::sleep(node.capabilities().notices_within).await;
    publisher.publish("g.room", "still there?").await.unwrap();
    node.until_text("g.room", "still there?").await;
    assert_eq!(node.gaps("g.room"), [false; 0]);
}
