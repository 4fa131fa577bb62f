//! Two nodes: who is present on one is present on both.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use realtime_runtime::{
    MemoryBus,
    broker::{Arrival, Broker, Inbox},
    prelude::*,
    presence::Totals,
};
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

#[tokio::test]
async fn a_first_look_that_is_dropped_leaves_one_heart() {
    /// A tenth of a period.
    const STEP: Duration = Duration::from_millis(300);

    let bus = MemoryBus::new();
    let spy = bus.connect();
    let beats = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&beats);
    spy.start(Inbox::new(move |arrival| {
        if let Arrival::Published { message, .. } = arrival
            && String::from_utf8_lossy(&message).contains(r#""told":"#)
        {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    }));
    spy.subscribe("p").await.unwrap();
    let one = node(&bus);
    for _ in 0..10 {
        let looking = tokio::time::timeout(Duration::from_millis(5), count(&one.0));
        assert!(looking.await.is_err(), "it is dropped");
        one.1.advance(STEP).await;
    }
    let _ann = settle(&one.1, "ann").await;
    beats.store(0, Ordering::SeqCst);
    for _ in 0..10 {
        one.1.advance(STEP).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    // What is told now comes after the signs of life.
    let two = node(&bus);
    let _ben = settle(&two.1, "ben").await;
    until(&one, (2, 2)).await;
    assert_eq!(beats.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_burst_on_the_bus_makes_no_more_of_it() {
    let (bus, one, two) = nodes();
    let _ann = settle(&one.1, "ann").await;
    let _ben = settle(&two.1, "ben").await;
    until(&one, (2, 2)).await;
    let before = bus.published();
    for _ in 0..5000 {
        bus.inject("p", &bytes::Bytes::from_static(b"{}"));
    }
    let _cid = settle(&two.1, "cid").await;
    until(&one, (3, 3)).await;
    assert!(bus.published() - before < 10);
}

#[message(action = "stall")]
pub struct Stall;

/// A consumer whose handler of events hangs.
pub struct Slow;

impl Slow {
    fn groups() -> impl Iterator<Item = Group<Self>> {
        (0..60).map(|number| Group::new(["slow".to_owned(), number.to_string()]))
    }
}

#[consumer]
impl Slow {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        for group in Self::groups() {
            cx.join(&group).await?;
        }
        Ok(Self)
    }

    #[event_handler]
    async fn stall(event: &Stall) -> Stall {
        std::future::pending::<()>().await;
        event.clone()
    }
}

#[tokio::test]
async fn a_handler_that_hangs_holds_up_nobodys_presence() {
    let bus = MemoryBus::new();
    let slow = || {
        lobby_with(|builder| {
            let builder = builder.consumer::<Slow>("/slow");
            builder.layer(bus.connect())
        })
    };
    let (one, two) = (slow(), slow());
    let _slow = two.1.connect("/slow").await.unwrap();
    let _ann = settle(&one.1, "ann").await;
    let _ben = settle(&two.1, "ben").await;
    until(&two, (2, 2)).await;
    for group in Slow::groups() {
        group.send(&one.0.layer(), Stall).await.unwrap();
    }
    let _cid = settle(&one.1, "cid").await;
    until(&two, (3, 3)).await;
}
