//! Calls that cross, and futures that are dropped.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::FutureExt;
use realtime_runtime::broker::Broker;

use crate::support::{Node, Server, eventually};

#[tokio::test]
async fn ten_thousand_races_end_in_the_state_of_the_last_call() {
    let server = Server::start().await;
    let (node, other) = (Node::on(&server).await, Node::on(&server).await);
    node.subscribe("steady").await;
    let topics: Vec<_> = (0..40).map(|number| format!("room {number}")).collect();
    let mut random = fastrand::Rng::with_seed(7);
    let mut wanted = BTreeSet::new();
    let mut subscribing = Vec::new();
    let mut published = 0;
    for round in 0..10_000 {
        let topic = random.choice(&topics).unwrap();
        if random.bool() {
            wanted.insert(topic);
            subscribing.push(node.broker.subscribe(topic));
        } else {
            wanted.remove(topic);
            node.broker.unsubscribe(topic);
        }
        match random.u8(..20) {
            0 => tokio::task::yield_now().await,
            // Some are waited for, some begun and dropped, some never begun.
            1 => subscribing
                .drain(..)
                .for_each(|begun| assert!(matches!(begun.now_or_never(), None | Some(Ok(()))))),
            2 => {
                if let Some(subscribing) = subscribing.pop() {
                    subscribing.await.unwrap();
                }
            }
            _ => {}
        }
        if round % 50 == 0 {
            other.publish(topic, "meanwhile").await.unwrap();
            other
                .publish("steady", &published.to_string())
                .await
                .unwrap();
            published += 1;
        }
    }
    let mut expected: Vec<_> = wanted
        .iter()
        .map(|topic| format!("realtime:{topic}"))
        .collect();
    expected.push("realtime:steady".to_owned());
    expected.sort();
    eventually("Redis has followed", async || {
        (server.channels().await == expected).then_some(())
    })
    .await;
    node.until_text("steady", &(published - 1).to_string())
        .await;
    let steady: Vec<_> = (0..published).map(|number| number.to_string()).collect();
    assert_eq!(
        node.texts("steady"),
        steady,
        "the others were not disturbed"
    );
    for topic in &topics {
        other.publish(topic, "last").await.unwrap();
    }
    other.publish("steady", "marker").await.unwrap();
    node.until_text("steady", "marker").await;
    for topic in &topics {
        let heard = node
            .texts(topic)
            .iter()
            .filter(|text| *text == "last")
            .count();
        assert_eq!(heard, usize::from(wanted.contains(topic)), "{topic}");
    }
}

#[tokio::test]
async fn a_dropped_future_changes_nothing_else() {
    let server = Server::start().await;
    let node = Node::on(&server).await;
    node.subscribe("room").await;
    let mut random = fastrand::Rng::with_seed(3);
    let mut kept = Vec::new();
    for number in 0..2000 {
        let is_kept = random.bool();
        let text = format!("{number}{}", if is_kept { " kept" } else { "" });
        let mut publishing = node.broker.publish("room", Bytes::from(text.clone()));
        if is_kept {
            publishing.await.unwrap();
            kept.push(text);
        } else if random.bool() {
            assert!((&mut publishing).now_or_never().is_none());
            drop(publishing);
        }
        let other = format!("other {}", number % 10);
        let mut subscribing = node.broker.subscribe(&other);
        if random.bool() {
            let _ = (&mut subscribing).now_or_never();
        }
        drop(subscribing);
        if random.bool() {
            node.broker.unsubscribe(&other);
        }
    }
    node.publish("room", "end").await.unwrap();
    node.until_text("room", "end").await;
    let heard = node.texts("room");
    let mut once = heard.clone();
    once.dedup();
    assert_eq!(once, heard, "nothing twice");
    let numbers = heard
        .iter()
        .filter_map(|text| text.split(' ').next()?.parse::<u32>().ok());
    assert!(numbers.is_sorted(), "in order");
    let heard_of_kept: Vec<_> = heard.iter().filter(|text| text.ends_with("kept")).collect();
    assert_eq!(heard_of_kept, kept.iter().collect::<Vec<_>>());
}
