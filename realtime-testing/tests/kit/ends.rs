//! How clients leave.

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;

use crate::room::{Bye, Ping, Pong, both, room};

#[tokio::test]
async fn a_client_that_is_dropped_leaves_as_one_that_closes() {
    for (app, state) in both() {
        drop(app.connect("/ws").await.unwrap());
        app.settled().await;
        assert_eq!(state.left(), 1);
    }
}

#[tokio::test]
async fn a_client_that_is_dropped_outside_of_the_runtime_leaves_too() {
    for (app, state) in both() {
        let alice = app.connect("/ws").await.unwrap();
        std::thread::spawn(move || drop(alice)).join().unwrap();
        app.settled().await;
        assert_eq!(state.left(), 1);
    }
}

#[test]
fn a_client_may_outlive_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let alice = runtime.block_on(app.connect("/ws").into_future()).unwrap();
    drop(runtime);
    drop(alice);
}

#[tokio::test]
async fn disconnecting_waits_for_on_disconnect() {
    for (app, state) in both() {
        let alice = app.connect("/ws").await.unwrap();
        alice.disconnect().await;
        assert_eq!(state.left(), 1);
        let bob = app.connect("/ws").await.unwrap();
        bob.disconnect_with(CloseCode::application(4999).unwrap())
            .await;
        assert_eq!(state.left(), 2);
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_may_be_disconnected_and_dropped() {
    for (app, state) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        alice.send(Bye).await;
        assert_eq!(alice.assert_closed(CloseCode::FORBIDDEN).await, "enough");
        alice.disconnect().await;
        let mut bob = app.connect("/ws").await.unwrap();
        bob.send(Bye).await;
        drop(bob);
        app.settled().await;
        assert_eq!(state.left(), 2);
    }
}

#[tokio::test]
async fn what_a_dropped_client_was_sent_keeps_nobody_waiting() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        for _ in 0..20 {
            let bob = app.connect("/ws").await.unwrap();
            alice.send(crate::room::say("hi")).await;
            drop(bob);
            alice.send(crate::room::say("are you there?")).await;
            alice.drain();
        }
        assert_eq!(alice.request::<Pong>(Ping).await, Ok(Pong));
    }
}
