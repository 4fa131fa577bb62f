//! Panics of the application's code, where the test expects them.

use realtime_testing::TestApp;

use crate::room::{Blast, Boom, BoomBeside, Ping, Pong, both, room};

#[tokio::test]
async fn an_expected_panic_does_not_fail_the_test_and_is_told() {
    for (app, _) in both() {
        app.expect_panics();
        let mut alice = app.connect("/ws").name("alice").await.unwrap();
        let error = alice.request::<Pong>(Boom).await.unwrap_err();
        assert_eq!(error.code, "internal");
        let panics = app.panics();
        let [panic] = &panics[..] else {
            panic!("{panics:?}")
        };
        assert_eq!(panic.what, "the handler `boom` of `room` for alice");
        assert_eq!(panic.message, "out of cheese");
        let (file, _) = panic.at.as_ref().unwrap();
        assert!(file.ends_with("room.rs"), "{file}");
        assert_eq!(app.panics(), []);
    }
}

#[tokio::test]
async fn each_panic_is_told_with_its_handler() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    app.expect_panics();
    let mut alice = app.connect("/ws").name("alice").await.unwrap();
    alice.send(BoomBeside).await;
    alice.send(Blast).await;
    assert!(app.connect("/ws?user=crash").name("eve").await.is_err());
    let told: Vec<_> = app.panics().into_iter().map(|panic| panic.what).collect();
    assert_eq!(
        told,
        [
            "the handler `boom_beside` of `room` for alice (spawned)",
            "the event handler `on_blast` of `room`",
            "the handshake of `room` with eve",
        ]
    );
}

#[tokio::test]
async fn the_connection_goes_on_after_a_panic() {
    for (app, _) in both() {
        app.expect_panics();
        let mut alice = app.connect("/ws").await.unwrap();
        alice.send(Boom).await;
        alice.drain();
        assert_eq!(alice.request::<Pong>(Ping).await, Ok(Pong));
    }
}
