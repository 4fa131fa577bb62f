//! What is published, on record.

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;

use crate::room::{Greet, Nudge, Ping, Pong, Room, Said, Tell, both, everybody, room, said, say};

#[tokio::test]
async fn a_group_send_is_recorded_with_its_group_and_delivered() {
    for (app, _) in both() {
        let capture = app.capture();
        let mut alice = app.connect("/ws").await.unwrap();
        alice.send(say("hi")).await;
        let events = capture.events::<Said>();
        assert_eq!(events, [said("hi")]);
        assert!(events[0].is_to(&everybody()));
        assert!(!events[0].is_to(&Group::<Room>::new(["some"])));
        assert_eq!(events[0].groups().collect::<Vec<_>>(), ["room/all"]);
        assert_eq!((events[0].connection(), events[0].except()), (None, None));
        alice.expect_eq(&said("hi"));
    }
}

#[tokio::test]
async fn without_delivery_nobody_gets_anything_and_the_sender_does_not_notice() {
    for (app, _) in both() {
        let capture = app.capture().without_delivery();
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        let tell = Tell { text: "hi".into() };
        assert_eq!(alice.request::<Pong>(tell).await, Ok(Pong));
        bob.assert_silent();
        let events = capture.events::<Said>();
        assert!(events[0].except().is_some());
        drop((events, capture));
        alice.send(say("again")).await;
        bob.expect_eq(&said("again"));
    }
}

#[tokio::test]
async fn direct_sends_and_events_that_members_publish_are_recorded_in_order() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let capture = app.capture();
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send(Nudge).await;
    alice.send(Greet { name: "eve".into() }).await;
    assert_eq!(capture.len(), 3);
    let nudges = capture.events::<Nudge>();
    assert!(nudges[0].connection().is_some());
    assert_eq!(nudges[0].groups().count(), 0);
    let shown = format!("{capture:?}");
    let order: Vec<_> = ["nudge", "greet", "said"]
        .map(|tag| shown.find(&format!(r#""action":"{tag}""#)).unwrap())
        .into();
    assert!(order.is_sorted(), "{shown}");
    capture.clear();
    capture.assert_empty();
}

#[tokio::test]
async fn what_is_published_before_the_first_connection_is_recorded() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let capture = app.capture();
    let layer = realtime.layer();
    everybody().send(&layer, said("one")).await.unwrap();
    everybody().try_publish(&layer, said("two")).unwrap();
    assert_eq!(capture.events::<Said>(), [said("one"), said("two")]);
}

#[tokio::test]
async fn each_application_records_its_own() {
    let [(one, _), (other, _)] = both();
    let (of_one, of_other) = (one.capture(), other.capture());
    let mut alice = one.connect("/ws").await.unwrap();
    let _bob = other.connect("/ws").await.unwrap();
    alice.send(say("hi")).await;
    assert_eq!(of_one.events::<Said>(), [said("hi")]);
    of_other.assert_empty();
}

#[tokio::test]
async fn several_records_of_one_application_have_what_came_since_each_began() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    let first = app.capture();
    alice.send(say("one")).await;
    let second = app.capture();
    alice.send(say("two")).await;
    alice.send(Ping).await;
    assert_eq!(first.events::<Said>(), [said("one"), said("two")]);
    assert_eq!(second.events::<Said>(), [said("two")]);
}

#[tokio::test]
async fn a_send_that_nobody_awaits_is_none() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let capture = app.capture();
    drop(everybody().send(&realtime.layer(), said("hi")));
    capture.assert_empty();
    app.settled().await;
    everybody()
        .send(&realtime.layer(), said("hi"))
        .await
        .unwrap();
    assert_eq!(capture.events::<Said>(), [said("hi")]);
}
