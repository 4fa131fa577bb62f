//! The bus goes, and comes back.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use realtime_runtime::broker::{Broker, Health};
use tokio::time::{Instant, sleep_until};

use super::{
    Bus, Fault,
    node::{Node, is_away, within, within_2_s},
};

/// The bus is killed and started again: the gap is told when it begins and when it is over, what is published meanwhile
/// fails within 2 s, and what was subscribed to, before or meanwhile, comes again.
pub async fn what_was_wanted_is_wanted_again_after_an_outage(bus: impl Bus) {
    outage(bus, Fault::Killed, Duration::ZERO).await;
}

/// The bus stops for as long as it takes to notice it, its connections stay: as if it were killed.
pub async fn a_pause_is_noticed_although_connections_stand(bus: impl Bus) {
    outage(bus, Fault::Paused, Duration::ZERO).await;
}

/// The bus stops for 10 s, its connections stay: as if it were killed.
pub async fn a_pause_of_ten_seconds_is_an_outage_as_others(bus: impl Bus) {
    outage(bus, Fault::Paused, Duration::from_secs(10)).await;
}

async fn outage(mut bus: impl Bus, fault: Fault, lasts: Duration) {
    let (a, b) = (Node::on(&bus).await, Node::on(&bus).await);
    for topic in ["g.kept", "g.left"] {
        a.subscribe(topic).await;
    }
    b.subscribe("g.kept").await;
    let noticed = match fault {
        Fault::Paused => a.capabilities().notices_within,
        _ => Duration::ZERO,
    };
    bus.fail(fault).await;
    let begun = Instant::now();
    let lost = within_2_s("to publish", b.publish("g.kept", "lost")).await;
    assert!(is_away(lost), "{lost:?}");
    within("to tell a gap", noticed, async {
        a.until_begun("g.kept", 0).await;
        b.until_begun("g.kept", 0).await;
    })
    .await;
    for node in [&a, &b] {
        node.healthy(Health::Down).await;
    }
    within_2_s("to subscribe", a.subscribe("g.added")).await;
    a.broker.unsubscribe("g.left");
    sleep_until(begun + lasts).await;
    assert!(!a.gaps("g.kept").contains(&true), "it is over already");

    bus.heal(fault).await;
    for topic in ["g.kept", "g.added"] {
        a.until_over(topic, 0).await;
        b.reaches(&a, topic, "back").await;
    }
    b.until_over("g.kept", 0).await;
    a.reaches(&b, "g.kept", "back, too").await;
    for node in [&a, &b] {
        node.healthy(Health::Up).await;
    }
    b.publish("g.left", "nobody is here").await.unwrap();
    a.subscribe("g.left").await;
    b.publish("g.left", "somebody is here").await.unwrap();
    a.until_text("g.left", "somebody is here").await;
    assert_eq!(a.texts("g.left"), ["somebody is here"]);
}

/// While the bus is down 10,000 publishes at once fail within 2 s, and none of them is published when it is back.
pub async fn nothing_waits_for_the_end_of_an_outage(mut bus: impl Bus) {
    let (node, publisher) = (Node::on(&bus).await, Node::on(&bus).await);
    node.subscribe("g.room").await;
    bus.fail(Fault::Killed).await;
    publisher.healthy(Health::Down).await;
    let message = Bytes::from(vec![b'x'; 1024]);
    let publishing: Vec<_> = (0..10_000)
        .map(|_| publisher.broker.publish("g.room", message.clone()))
        .collect();
    let published = within_2_s("to fail", join_all(publishing)).await;
    assert!(published.into_iter().all(is_away));
    bus.heal(Fault::Killed).await;
    node.until_over("g.room", 0).await;
    publisher.healthy(Health::Up).await;
    publisher.publish("g.room", "back").await.unwrap();
    node.until_text("g.room", "back").await;
    assert_eq!(node.messages("g.room").len(), 1, "no more than the last");
}

/// A node that starts while the bus is down is told a gap, and is on the bus when that is back.
pub async fn a_node_may_start_during_an_outage(mut bus: impl Bus) {
    bus.fail(Fault::Killed).await;
    let node = Node::start(within_2_s("to make a node", bus.node()).await);
    within_2_s("to subscribe", node.subscribe("g.room")).await;
    let lost = within_2_s("to publish", node.publish("g.room", "lost")).await;
    assert!(is_away(lost), "{lost:?}");
    within_2_s("to tell a gap", node.until_begun("g.room", 0)).await;
    node.healthy(Health::Down).await;
    bus.heal(Fault::Killed).await;
    node.until_over("g.room", 0).await;
    node.healthy(Health::Up).await;
    node.reaches(&node, "g.room", "back").await;
}

/// The connections of all nodes are cut ten times, one after the other: each time a gap is told when it begins and when it
/// is over, and what is published then comes.
pub async fn connections_are_cut_ten_times(mut bus: impl Bus) {
    let (a, b) = (Node::on(&bus).await, Node::on(&bus).await);
    a.subscribe("g.room").await;
    let mut expected = Vec::new();
    for time in 1..=10 {
        let known = a.gaps("g.room").len();
        bus.fail(Fault::Disconnected).await;
        within_2_s("to tell a gap", a.until_begun("g.room", known)).await;
        a.until_over("g.room", known).await;
        let message = format!("after {time}");
        b.reaches(&a, "g.room", &message).await;
        expected.push(message);
    }
    let mut heard = a.texts("g.room");
    // What was published with an error, and once more, may have come twice.
    heard.dedup();
    assert_eq!(heard, expected);
    for node in [&a, &b] {
        node.healthy(Health::Up).await;
    }
}

/// What is subscribed to does not come any more although no connection ends: that is noticed in the time that the broker
/// [promises](realtime_runtime::broker::Capabilities::notices_within), told, and mended.
pub async fn a_subscription_that_dies_silently_is_noticed(mut bus: impl Bus) {
    let (a, b) = (Node::on(&bus).await, Node::on(&bus).await);
    a.subscribe("g.room").await;
    b.reaches(&a, "g.room", "before").await;
    bus.fail(Fault::Silent).await;
    let limit = a.capabilities().notices_within;
    within("to notice it", limit, a.until_begun("g.room", 0)).await;
    a.until_over("g.room", 0).await;
    b.reaches(&a, "g.room", "after").await;
    a.healthy(Health::Up).await;
}
