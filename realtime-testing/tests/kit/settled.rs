//! What nobody waits for, and what time brings.

use std::time::Duration;

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;

use crate::room::{Greet, Greeting, Pong, Remind, Said, Wait, both, everybody, room, said};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settled_waits_for_what_was_published_outside_of_any_cause() {
    let (realtime, _) = room();
    for app in [TestApp::new(&realtime), TestApp::new(&realtime).over_tcp()] {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        for round in 0..50 {
            let layer = realtime.layer();
            let text = format!("round {round}");
            let event = said(&text);
            tokio::spawn(async move { everybody().send(&layer, event).await.unwrap() })
                .await
                .unwrap();
            app.settled().await;
            for client in [&mut alice, &mut bob] {
                client.expect_eq(&said(&text));
                client.assert_silent();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settled_waits_for_what_was_handed_over_and_what_members_publish_for_it() {
    let (realtime, _) = room();
    for app in [TestApp::new(&realtime), TestApp::new(&realtime).over_tcp()] {
        let mut alice = app.connect("/ws").await.unwrap();
        for _ in 0..50 {
            let greet = Greet { name: "eve".into() };
            let layer = realtime.layer();
            everybody().try_publish(&layer, greet).unwrap();
            app.settled().await;
            assert_eq!(alice.messages::<Greeting>().len(), 1);
            assert_eq!(alice.messages::<Said>(), [said("guest has met eve")]);
            alice.assert_silent();
        }
        alice.disconnect().await;
    }
}

#[tokio::test]
async fn settled_waits_for_closes_of_the_applications_own() {
    for over_tcp in [false, true] {
        let (realtime, state) = room();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        let bob = app.connect("/ws?user=bob").await.unwrap();
        realtime.kick(Target::user("bob"), CloseCode::FORBIDDEN, "kicked");
        app.settled().await;
        assert_eq!(bob.closed(), Some(4403));
        assert_eq!(state.left(), 1);
    }
}

#[tokio::test]
async fn settled_waits_for_what_was_begun() {
    for (app, state) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        drop(alice.begin(Wait).await);
        state.gate.notify_one();
        app.settled().await;
        alice.expect::<Pong>();
    }
}

#[tokio::test]
async fn nothing_is_settled_at_once() {
    let (realtime, _) = room();
    TestApp::new(&realtime).settled().await;
}

#[tokio::test]
async fn a_timer_runs_when_time_has_passed_and_advancing_waits_for_what_it_does() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        alice.request::<Pong>(Remind { seconds: 5 }).await.unwrap();
        app.advance(Duration::from_millis(4_999)).await;
        bob.assert_silent();
        app.advance(Duration::from_millis(1)).await;
        bob.expect_eq(&said("5 s have passed"));
    }
}

#[tokio::test]
async fn a_timer_that_is_cancelled_does_not_run() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    let layer = realtime.layer();
    let timer = realtime.layer().after(Duration::from_secs(1), async move {
        everybody().send(&layer, said("too late")).await.unwrap();
    });
    timer.cancel();
    app.advance(Duration::from_secs(2)).await;
    alice.assert_silent();
    alice.request::<Pong>(crate::room::Ping).await.unwrap();
}

#[tokio::test]
async fn time_stands_still_before_the_first_connection_of_a_realtime() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    app.advance(Duration::from_secs(3600)).await;
    let mut alice = app.connect("/ws").await.unwrap();
    assert_eq!(alice.request::<Pong>(crate::room::Ping).await, Ok(Pong));
}
