//! Two nodes: who is present on one is present on both.

use std::time::Duration;

use realtime_runtime::{MemoryBus, Realtime, presence::Totals};
use realtime_testing::TestApp;

use crate::lobby::{
    Changed, Feel, Feeling, GRACE, Here, INTERVAL, Lobby, Mood, count, enter, lobby_with, names,
    settle, totals,
};

type Node = (Realtime, TestApp);

fn node(bus: &MemoryBus) -> Node {
    lobby_with(|builder| builder.layer(bus.connect()))
}

fn nodes() -> (MemoryBus, Node, Node) {
    let bus = MemoryBus::new();
    let (one, two) = (node(&bus), node(&bus));
    (bus, one, two)
}

/// Waits until a node has heard of it.
async fn until((realtime, _): &Node, expected: (usize, usize)) {
    let heard = async {
        while count(realtime).await != expected {
            tokio::task::yield_now().await;
        }
    };
    let heard = tokio::time::timeout(Duration::from_secs(20), heard).await;
    assert!(heard.is_ok(), "{:?}", count(realtime).await);
}

#[tokio::test]
async fn a_newcomer_finds_those_of_all_nodes() {
    let (_bus, one, two) = nodes();
    let _ann = settle(&one.1, "ann").await;
    let mut ben = two.1.connect("/ws?ben").await.unwrap();
    ben.expect_eq(&Here {
        users: 2,
        connections: 2,
        before: names(&["ann"]),
    });
}

#[tokio::test]
async fn everybody_hears_of_everybody_wherever_they_are() {
    let (_bus, one, two) = nodes();
    let mut ann = settle(&one.1, "ann").await;
    let mut ben = enter(&two.1, "ben").await;
    until(&one, (2, 2)).await;
    for ((_, app), client) in [(&one, &mut ann), (&two, &mut ben)] {
        app.advance(INTERVAL).await;
        client.expect_eq(&Changed {
            joined: names(&["ben"]),
            ..totals(2, 2)
        });
        client.assert_silent();
    }
    ben.disconnect().await;
    until(&one, (2, 1)).await;
    one.1.advance(GRACE + INTERVAL).await;
    ann.expect_eq(&Changed {
        left: names(&["ben"]),
        ..totals(1, 1)
    });
    ann.assert_silent();
}

#[tokio::test]
async fn a_tab_on_the_other_node_tells_nobody_anything() {
    let (_bus, one, two) = nodes();
    let ann = settle(&one.1, "ann").await;
    let other = enter(&two.1, "ann").await;
    until(&one, (1, 2)).await;
    one.1.advance(INTERVAL).await;
    other.disconnect().await;
    until(&one, (1, 1)).await;
    one.1.advance(GRACE * 2).await;
    ann.assert_silent();
}

#[tokio::test]
async fn who_comes_back_on_the_other_node_has_never_left() {
    let (_bus, one, two) = nodes();
    let mut ann = settle(&one.1, "ann").await;
    let ben = settle(&one.1, "ben").await;
    ann.drain();
    assert_eq!(count(&one.0).await, (2, 2));
    ben.disconnect().await;
    let _ben = enter(&two.1, "ben").await;
    until(&one, (2, 2)).await;
    one.1.advance(GRACE * 2).await;
    ann.assert_silent();
}

#[tokio::test]
async fn what_somebody_says_is_told_on_all_nodes() {
    let (_bus, one, two) = nodes();
    let mut ann = settle(&one.1, "ann").await;
    let mut ben = settle(&two.1, "ben").await;
    until(&one, (2, 2)).await;
    one.1.advance(INTERVAL).await;
    ann.drain();
    let mood = "fine".to_owned();
    let felt = ben.request::<Feeling>(Feel { mood }).await;
    assert_eq!(felt, Ok(Feeling { tracked: true }));
    let presence = one.0.layer().presence::<Mood>();
    let ben_on_one = async || presence.get(&Lobby::all(), "ben").await.unwrap().unwrap();
    while ben_on_one().await.latest != Some(Mood("fine".to_owned())) {
        tokio::task::yield_now().await;
    }
    one.1.advance(INTERVAL).await;
    ann.expect_eq(&Changed {
        updated: names(&["ben is fine"]),
        ..totals(2, 2)
    });
}

#[tokio::test]
async fn all_tabs_of_a_user_say_what_is_said_for_them_on_any_node() {
    let (_bus, one, two) = nodes();
    let _ann = settle(&one.1, "ann").await;
    let _other = settle(&two.1, "ann").await;
    let group = Lobby::all();
    let busy = Mood("busy".to_owned());
    let [here, there] = [&one, &two].map(|node| node.0.layer().presence::<Mood>());
    until(&one, (1, 2)).await;
    assert!(here.update_user(&group, "ann", busy.clone()).await.unwrap());
    for presence in [here, there] {
        while presence.metadata_of(&group, "ann").await.unwrap() != [busy.clone(), busy.clone()] {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_node_where_nobody_is_can_look() {
    let (bus, one, two) = nodes();
    let _ann = settle(&one.1, "ann").await;
    assert_eq!(count(&two.0).await, (1, 1));
    let presence = two.0.layer().presence::<Mood>();
    assert!(presence.is_present(&Lobby::all(), "ann").await.unwrap());
    drop(bus);
}

#[tokio::test]
async fn with_the_bus_down_each_node_knows_its_own_and_all_when_it_is_back() {
    let (bus, one, two) = nodes();
    bus.fail();
    let mut ann = settle(&one.1, "ann").await;
    let _ben = settle(&two.1, "ben").await;
    assert_eq!(count(&one.0).await, (1, 1));
    assert_eq!(count(&two.0).await, (1, 1));
    bus.heal();
    until(&one, (2, 2)).await;
    until(&two, (2, 2)).await;
    // Whoever may have missed something is told so.
    ann.drain();
    one.1.advance(INTERVAL).await;
    ann.expect_eq(&Changed {
        joined: names(&["ben"]),
        ..totals(2, 2)
    });
}

#[tokio::test]
async fn who_was_present_when_the_bus_went_down_stays_present() {
    let (bus, one, two) = nodes();
    let mut ann = settle(&one.1, "ann").await;
    let _ben = settle(&two.1, "ben").await;
    until(&one, (2, 2)).await;
    one.1.advance(INTERVAL).await;
    ann.drain();
    bus.fail();
    one.1.advance(Duration::from_secs(600)).await;
    bus.heal();
    one.1.advance(Duration::from_secs(1)).await;
    until(&one, (2, 2)).await;
    let frames = ann.drain();
    assert!(
        !frames.iter().any(|frame| frame.contains("changed")),
        "{frames:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_changes_nothing() {
    let (bus, one, two) = nodes();
    let _ann = settle(&one.1, "ann").await;
    for topic in ["p", "pg.Lobby/all", "pn.zz"] {
        for message in ["", "{", r#"{"v":2}"#, r#"{"v":1,"from":"1","part":{}}"#] {
            bus.inject(topic, &bytes::Bytes::from_static(message.as_bytes()));
        }
    }
    let _ben = settle(&two.1, "ben").await;
    until(&one, (2, 2)).await;
    let presence = two.0.layer().presence::<Mood>();
    let expected = Totals {
        users: 2,
        connections: 2,
    };
    assert_eq!(presence.totals(&Lobby::all()).await.unwrap(), expected);
}
