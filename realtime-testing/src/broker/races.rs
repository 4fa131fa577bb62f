//! Calls that cross, nodes that come and go, and futures that are dropped: 10,000 times each.

use std::collections::BTreeSet;

use fastrand::Rng;
use futures_util::{FutureExt, future::join_all};
use realtime_runtime::broker::{Broker, BrokerError};
use tokio::task::yield_now;

use super::{
    Bus,
    node::{Node, eventually},
};

const TIMES: usize = 10_000;

/// 10,000 times a node joins a topic, in 50 tasks at once: what is published after a join has resolved comes, once.
pub async fn who_has_subscribed_gets_all_that_follows(bus: impl Bus) {
    const TASKS: usize = 50;
    let (node, publisher) = (Node::on(&bus).await, Node::on(&bus).await);
    let joining = (0..TASKS).map(async |task| {
        let topic = format!("g.room/{task}");
        for time in 0..TIMES / TASKS {
            node.subscribe(&topic).await;
            let message = format!("joined {time}");
            publisher.publish(&topic, &message).await.unwrap();
            node.until_text(&topic, &message).await;
            node.broker.unsubscribe(&topic);
            // Nobody waits for the end: this may come or not.
            let message = format!("left {time}");
            publisher.publish(&topic, &message).await.unwrap();
        }
    });
    join_all(joining).await;
    for task in 0..TASKS {
        let heard = node.texts(&format!("g.room/{task}"));
        let (joined, left): (Vec<_>, Vec<_>) =
            heard.iter().partition(|text| text.starts_with("joined"));
        let expected: Vec<_> = (0..TIMES / TASKS)
            .map(|time| format!("joined {time}"))
            .collect();
        assert_eq!(joined, expected.iter().collect::<Vec<_>>());
        let once: BTreeSet<_> = left.iter().collect();
        assert_eq!(once.len(), left.len(), "nothing comes twice");
    }
}

/// 10,000 joins and leaves of 40 topics, awaited, dropped or never polled: in the end each is as the last call has said, and
/// a topic that is not among them has missed nothing.
pub async fn joins_and_leaves_end_as_the_last_call_says(bus: impl Bus) {
    let (node, publisher) = (Node::on(&bus).await, Node::on(&bus).await);
    node.subscribe("g.steady").await;
    let topics: Vec<_> = (0..40).map(|number| format!("g.room/{number}")).collect();
    let mut random = Rng::with_seed(7);
    let mut wanted = BTreeSet::new();
    let mut subscribing = Vec::new();
    let mut published = 0;
    for round in 0..TIMES {
        let topic = &topics[random.usize(..topics.len())];
        if random.bool() {
            wanted.insert(topic);
            subscribing.push(node.broker.subscribe(topic));
        } else {
            wanted.remove(topic);
            node.broker.unsubscribe(topic);
        }
        match random.u8(..20) {
            0 => yield_now().await,
            // Begun and dropped; the others of them are never begun.
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
            publisher.publish(topic, "meanwhile").await.unwrap();
            let number = published.to_string();
            publisher.publish("g.steady", &number).await.unwrap();
            published += 1;
        }
    }
    drop(subscribing);
    for topic in &wanted {
        node.subscribe(topic).await;
    }
    node.catches_up().await;
    let expected = wanted.len() + 1;
    eventually("the bus has no other topics", async || {
        let topics = bus.topics().await;
        topics.is_none_or(|topics| topics == expected).then_some(())
    })
    .await;
    for topic in &topics {
        publisher.publish(topic, "last").await.unwrap();
    }
    // Who has left comes back, and hears what is published from then on.
    for topic in &topics {
        node.subscribe(topic).await;
        publisher.publish(topic, "end").await.unwrap();
    }
    for topic in &topics {
        node.until_text(topic, "end").await;
        let expected = usize::from(wanted.contains(topic));
        assert_eq!(node.times(topic, "last"), expected, "{topic}");
    }
    node.until_count("g.steady", published).await;
    let steady: Vec<_> = (0..published).map(|number| number.to_string()).collect();
    assert_eq!(node.texts("g.steady"), steady, "it was not disturbed");
}

/// 10,000 calls of which half are dropped: before the first poll, after some, or when others have gone on. The others are
/// carried, each once and in order; a dropped one is carried once or not at all.
pub async fn dropped_futures_change_nothing_else(bus: impl Bus) {
    let (node, publisher) = (Node::on(&bus).await, Node::on(&bus).await);
    node.subscribe("g.room").await;
    let mut random = Rng::with_seed(3);
    let (mut kept, mut publishing_kept) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let topic = format!("g.other/{}", number % 10);
        let mut subscribing = publisher.broker.subscribe(&topic);
        if random.bool() {
            let _ = (&mut subscribing).now_or_never();
        }
        drop(subscribing);
        if random.bool() {
            publisher.broker.unsubscribe(&topic);
        }
        let is_kept = random.bool();
        let message = format!("{number}{}", if is_kept { " kept" } else { "" });
        let mut publishing = publisher.publish("g.room", &message);
        if is_kept {
            kept.push(message);
            publishing_kept.push(publishing);
            if publishing_kept.len() == 20 {
                for published in join_all(publishing_kept.drain(..)).await {
                    published.unwrap();
                }
            }
            continue;
        }
        for _ in 0..random.u8(..5) {
            if let Some(published) = (&mut publishing).now_or_never() {
                published.unwrap();
                break;
            }
            yield_now().await;
        }
    }
    for published in join_all(publishing_kept).await {
        published.unwrap();
    }
    publisher.publish("g.room", "end").await.unwrap();
    node.until_text("g.room", "end").await;
    let mut heard = node.texts("g.room");
    heard.pop();
    let number = |text: &String| text.split(' ').next().unwrap().parse::<usize>().unwrap();
    assert!(
        heard.is_sorted_by(|one, next| number(one) < number(next)),
        "each once, and in order"
    );
    heard.retain(|text| text.ends_with("kept"));
    assert_eq!(heard, kept);
}

/// Of seven nodes three are dropped and made anew, again and again, while all publish: the other four hear each other
/// without a hole, and are told no gap.
pub async fn nodes_that_come_and_go_disturb_nobody(bus: impl Bus) {
    const ROUNDS: usize = 40;
    let mut steady = Vec::new();
    for _ in 0..4 {
        let node = Node::on(&bus).await;
        node.subscribe("g.room").await;
        steady.push(node);
    }
    let publishing = steady.iter().enumerate().map(async |(of, node)| {
        for number in 0..ROUNDS * 5 {
            let message = format!("{of} {number}");
            node.publish("g.room", &message).await.unwrap();
        }
    });
    let churning = (0..3).map(async |_| {
        for round in 0..ROUNDS {
            let node = Node::of(&bus).await;
            if round % 2 == 0 {
                node.subscribe("g.room").await;
            }
            // It may be gone before it is up.
            let published = node.publish("g.room", "hello, goodbye").await;
            assert!(matches!(published, Ok(()) | Err(BrokerError::Unavailable)));
        }
    });
    tokio::join!(join_all(publishing), join_all(churning));
    for node in &steady {
        for of in 0..steady.len() {
            let last = format!("{of} {}", ROUNDS * 5 - 1);
            node.until_text("g.room", &last).await;
            let mut heard = node.texts("g.room");
            heard.retain(|text| text.starts_with(&format!("{of} ")));
            let expected: Vec<_> = (0..ROUNDS * 5)
                .map(|number| format!("{of} {number}"))
                .collect();
            assert_eq!(heard, expected);
        }
        assert_eq!(node.gaps("g.room"), [false; 0]);
    }
}
