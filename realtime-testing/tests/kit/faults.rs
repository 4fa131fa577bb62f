//! What may go wrong, on purpose.

use std::time::Duration;

use realtime_runtime::PublishError;
use realtime_testing::TestApp;

use crate::room::{Greet, Ping, Pong, Room, Said, both, everybody, room, said, say};

#[tokio::test]
async fn a_cut_connection_is_cleaned_up() {
    for (app, state) in both() {
        let alice = app.connect("/ws").await.unwrap();
        alice.drop_connection().await;
        assert_eq!(state.left(), 1);
    }
}

#[tokio::test]
async fn a_peer_that_vanished_is_noticed_when_time_passes() {
    for (app, state) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        alice.half_open();
        bob.send(say("hi")).await;
        bob.expect_eq(&said("hi"));
        app.advance(Duration::from_secs(34)).await;
        assert_eq!(state.left(), 0);
        app.advance(Duration::from_secs(3)).await;
        assert_eq!(state.left(), 1);
        assert_eq!(bob.closed(), None);
    }
}

#[tokio::test]
async fn a_slow_reader_keeps_nobody_waiting_and_reads_on_where_it_stopped() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        bob.slow_reader();
        for number in 0..100 {
            alice.send(say(&number.to_string())).await;
        }
        bob.assert_silent();
        bob.read_on().await;
        let texts: Vec<_> = bob
            .messages::<Said>()
            .into_iter()
            .map(|said| said.text)
            .collect();
        let expected: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(texts, expected);
        alice.send(say("now")).await;
        bob.expect_eq(&said("now"));
    }
}

#[tokio::test]
async fn a_slow_reader_is_closed_when_too_much_waits_for_it() {
    let (realtime, state) = room();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    let mut bob = app.connect("/ws").await.unwrap();
    bob.slow_reader();
    let long = "x".repeat(10_000);
    for _ in 0..130 {
        alice.send(say(&long)).await;
        alice.send(Ping).await;
    }
    bob.read_on().await;
    assert_eq!(bob.closed(), Some(1013));
    app.settled().await;
    assert_eq!((state.left(), alice.closed()), (1, None));
}

#[tokio::test]
async fn a_slow_reader_answers_no_pings() {
    for (app, state) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        alice.slow_reader();
        app.advance(Duration::from_secs(37)).await;
        assert_eq!(state.left(), 1);
    }
}

#[tokio::test]
async fn publishing_fails_while_the_layer_does() {
    for over_tcp in [false, true] {
        let (realtime, _) = room();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        let mut alice = app.connect("/ws").await.unwrap();
        app.fail_layer();
        let error = alice.request::<Pong>(say("hi")).await.unwrap_err();
        assert_eq!(error.code, "internal");
        let layer = realtime.layer();
        let handed_over = everybody().try_publish(&layer, said("hi"));
        assert_eq!(handed_over, Err(PublishError::Unavailable));
        app.heal_layer();
        alice.send(say("healed")).await;
        alice.expect_eq(&said("healed"));
        alice.assert_silent();
    }
}

#[tokio::test]
async fn the_next_call_of_a_handler_panics_and_no_other() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").name("alice").await.unwrap();
        app.panic_in::<Room>("ping");
        alice.send(say("not this one")).await;
        alice.expect::<Said>();
        let error = alice.request::<Pong>(Ping).await.unwrap_err();
        assert_eq!(error.code, "internal");
        assert_eq!(alice.request::<Pong>(Ping).await, Ok(Pong));
        let panics = app.panics();
        assert_eq!(panics.len(), 1);
        assert_eq!(panics[0].what, "the handler `ping` of `room` for alice");
    }
}

#[tokio::test]
async fn event_handlers_panic_on_demand_too() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").name("alice").await.unwrap();
    app.panic_in::<Room>("on_said");
    app.panic_in::<Room>("on_greet");
    alice.send(say("lost")).await;
    alice.send(Greet { name: "eve".into() }).await;
    alice.assert_silent();
    let told: Vec<_> = app.panics().into_iter().map(|panic| panic.what).collect();
    let expected = [
        "the event handler `on_said` of `room`",
        "the event handler `on_greet` of `room` for alice",
    ];
    assert_eq!(told, expected);
    alice.send(say("heard")).await;
    alice.expect_eq(&said("heard"));
}
