//! What a test is told when it fails: each helper, for the right reason.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use insta::assert_snapshot;
use realtime_runtime::prelude::*;
use realtime_testing::{Communicator, TestApp};

use crate::room::{
    AllWait, Blast, Boom, BoomBeside, Bye, Count, Greet, Kick, LeaveBehind, List, Ping, Pong,
    Refuse, Room, Said, State, Wait, WaitBeside, everybody, room, room_with, said, say,
};

/// Long enough for what does happen, on a busy machine too.
const SHORT: Duration = Duration::from_millis(500);

/// What a test that fails says.
pub(crate) async fn failure<T>(test: impl Future<Output = T>) -> String {
    let panic = AssertUnwindSafe(test)
        .catch_unwind()
        .await
        .err()
        .expect("a failure");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(other) => (*other.downcast::<&str>().expect("a message")).to_owned(),
    }
}

/// Times, and lines of this folder, which change.
fn redacted() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r" +\d+ ms ", " [age] ");
    settings.add_filter(r"tests[/\\]kit[/\\](\w+\.rs):\d+", "$1:[line]");
    settings.add_filter(r"realtime-testing[/\\]", "");
    settings.bind_to_scope()
}

macro_rules! assert_failure {
    ($test:expr) => {{
        let message = failure($test).await;
        let _redacted = redacted();
        assert_snapshot!(message);
    }};
}

async fn alice() -> (TestApp, Communicator, State) {
    let (realtime, state) = room();
    let app = TestApp::new(&realtime).patience(SHORT);
    let alice = app.connect("/ws").name("alice").await.unwrap();
    (app, alice, state)
}

#[tokio::test]
async fn something_came_where_silence_was_expected() {
    let (_app, mut alice, _) = alice().await;
    alice.send(List { to: 2 }).await;
    assert_failure!(async { alice.assert_silent() });
}

#[tokio::test]
async fn another_message_came() {
    let (_app, mut alice, _) = alice().await;
    alice.send(Ping).await;
    assert_failure!(async { alice.expect::<Said>() });
}

#[tokio::test]
async fn another_value_came() {
    let (_app, mut alice, _) = alice().await;
    alice.send(say("hello")).await;
    assert_failure!(async { alice.expect_eq(&said("hallo")) });
}

#[tokio::test]
async fn another_message_was_next() {
    let (_app, mut alice, _) = alice().await;
    alice.send(Ping).await;
    assert_failure!(async { alice.try_next::<Said>() });
}

#[tokio::test]
async fn nothing_came() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(async { alice.expect::<Pong>() });
}

#[tokio::test]
async fn nothing_came_in_time() {
    let (_app, mut alice, _) = alice().await;
    alice.send(say("a")).await;
    alice.drain();
    assert_failure!(alice.next::<Pong>());
}

#[tokio::test]
async fn the_connection_ended_before_anything_came() {
    let (_app, mut alice, _) = alice().await;
    alice.send(Bye).await;
    assert_failure!(alice.next::<Pong>());
}

#[tokio::test]
async fn a_request_without_a_reply() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.request::<Pong>(say("anybody?")));
}

#[tokio::test]
async fn a_request_with_several_replies() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.request::<Pong>(List { to: 2 }));
}

#[tokio::test]
async fn a_request_with_a_reply_of_another_type() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.request::<Said>(Ping));
}

#[tokio::test]
async fn another_close_code() {
    let (_app, mut alice, _) = alice().await;
    alice.send(Bye).await;
    assert_failure!(alice.assert_closed(CloseCode::NORMAL));
}

#[tokio::test]
async fn a_close_that_was_forgotten() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.assert_closed(CloseCode::NORMAL));
}

#[tokio::test]
async fn sending_after_the_close() {
    let (_app, mut alice, _) = alice().await;
    alice.send(Bye).await;
    assert_failure!(alice.send(Ping));
}

#[tokio::test]
async fn a_handler_that_hangs() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.send(Wait));
}

#[tokio::test]
async fn a_spawned_handler_that_hangs() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.send(WaitBeside));
}

#[tokio::test]
async fn a_carried_task_that_hangs() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.send(LeaveBehind));
}

#[tokio::test]
async fn a_stream_that_does_not_end() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.send(Count { to: 2 }));
}

#[tokio::test]
async fn a_frame_that_a_member_cannot_take_as_its_handler_hangs() {
    let (app, mut alice, _) = alice().await;
    let mut bob = app.connect("/ws").name("bob").await.unwrap();
    let _waiting = bob.begin(Wait).await;
    let greet = Greet { name: "eve".into() };
    assert_failure!(alice.send(greet));
}

#[tokio::test]
async fn an_event_handler_that_hangs() {
    let (app, mut alice, _) = alice().await;
    let _bob = app.connect("/ws").name("bob").await.unwrap();
    assert_failure!(alice.send(AllWait));
}

#[tokio::test]
async fn a_frame_that_the_server_does_not_take_as_a_handler_hangs() {
    let (_app, mut alice, _) = alice().await;
    let _waiting = alice.begin(Wait).await;
    assert_failure!(alice.send(Ping));
}

#[tokio::test]
async fn a_handshake_that_hangs() {
    let (app, _alice, _) = alice().await;
    let connecting = app.connect("/ws?user=slow").name("eve");
    assert_failure!(connecting.into_future());
}

#[tokio::test]
async fn a_request_that_hangs() {
    let (realtime, _) = room();
    let hangs = axum::routing::post(std::future::pending::<()>);
    let router = realtime.router().route("/hangs", hangs);
    let app = TestApp::new(router).patience(SHORT);
    let request = http::Request::post("/hangs").body(axum::body::Body::empty());
    assert_failure!(app.http(request.unwrap()));
}

#[tokio::test]
async fn a_timer_that_hangs() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime).patience(SHORT);
    let layer = realtime.layer();
    layer.after(SHORT, std::future::pending());
    assert_failure!(async { app.advance(SHORT).await });
}

#[tokio::test]
async fn a_timer_that_panics() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let layer = realtime.layer();
    layer.after(SHORT, async { panic!("the alarm is broken") });
    assert_failure!(async { app.advance(SHORT).await });
}

#[tokio::test]
async fn a_bare_router_has_no_clock_before_the_first_connection() {
    let app = TestApp::new(room().0.router());
    assert_failure!(async { app.advance(SHORT).await });
}

#[tokio::test]
async fn a_remote_server_without_completion_frames() {
    let address = crate::remote::serve_without_completions().await;
    let app = TestApp::remote(&format!("ws://{address}")).patience(SHORT);
    let mut alice = app.connect("/ws").name("alice").await.unwrap();
    assert_failure!(alice.send(Ping));
}

#[tokio::test]
async fn what_was_begun_does_not_settle() {
    let (app, mut alice, _) = alice().await;
    let _waiting = alice.begin(Wait).await;
    assert_failure!(app.settled());
}

#[tokio::test]
async fn a_handler_that_panics() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.send(Boom));
}

#[tokio::test]
async fn a_spawned_handler_that_panics() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.send(BoomBeside));
}

#[tokio::test]
async fn an_event_handler_that_panics() {
    let (_app, mut alice, _) = alice().await;
    assert_failure!(alice.send(Blast));
}

#[tokio::test]
async fn an_authenticator_that_panics() {
    let (app, _alice, _) = alice().await;
    assert_failure!(app.connect("/ws?user=crash").name("eve").into_future());
}

#[tokio::test]
async fn on_disconnect_that_panics() {
    let realtime = room_with(State {
        on_disconnect_panics: true,
        ..State::default()
    });
    let app = TestApp::new(&realtime);
    let alice = app.connect("/ws").name("alice").await.unwrap();
    assert_failure!(alice.disconnect());
}

#[tokio::test]
async fn a_panic_that_no_wait_has_seen() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    let _alice = app.connect("/ws").await.unwrap();
    everybody().send(&realtime.layer(), Blast).await.unwrap();
    assert_failure!(async move { drop((_alice, app)) });
}

#[tokio::test]
async fn a_panic_that_was_expected_and_did_not_come() {
    let (realtime, _) = room();
    let app = TestApp::new(&realtime);
    app.expect_panics();
    assert_failure!(async move { drop(app) });
}

#[tokio::test]
async fn a_fault_in_a_handler_that_is_not_there() {
    let (app, _alice, _) = alice().await;
    assert_failure!(async { app.panic_in::<Room>("shout") });
}

#[tokio::test]
async fn something_was_published_where_nothing_was_expected() {
    let (app, mut alice, _) = alice().await;
    let capture = app.capture();
    alice.send(say("psst")).await;
    assert_failure!(async { capture.assert_empty() });
}

#[tokio::test]
async fn refusals_say_what_they_are() {
    let (app, mut alice, _) = alice().await;
    let refused = app.connect("/ws?user=nobody").await.unwrap_err();
    assert_snapshot!(format!("{refused:?}"), @r#"Closed { code: 4401, reason: "sign in first" }"#);
    let refused = app.connect("/nowhere").await.unwrap_err();
    assert_snapshot!(format!("{refused:?}"), @r#"Refused { status: 404, body: b"" }"#);
    let error = alice.request::<Pong>(Refuse).await.unwrap_err();
    assert_snapshot!(format!("{error:?}"), @r#"ErrorReply { code: "no", detail: "Not today.", fields: [] }"#);
}

#[tokio::test]
async fn what_needs_the_process_is_not_for_a_remote_server() {
    let app = TestApp::remote("ws://127.0.0.1:1");
    assert_failure!(async { app.advance(SHORT).await });
}

#[tokio::test]
async fn a_url_that_is_not_one_of_a_server() {
    assert_failure!(async { TestApp::remote("https://example.com/ws") });
}

#[tokio::test]
async fn a_kick_by_another_is_in_the_conversation() {
    let (app, mut alice, _) = alice().await;
    let mut bob = app.connect("/ws?user=bob").name("bob").await.unwrap();
    alice.send(Kick { user: "bob".into() }).await;
    assert_failure!(bob.send(Ping));
}
