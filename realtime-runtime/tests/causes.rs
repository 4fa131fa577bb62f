//! What a call waits for, in a test: everything that it caused, closes and what follows them included.
#![allow(missing_docs, missing_debug_implementations)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, extract::State, routing::post};
use http::{StatusCode, request::Parts};
use realtime_runtime::prelude::*;
use realtime_testing::TestApp;

#[message(action = "ping")]
pub struct Ping;
#[message(action = "pong")]
pub struct Pong;
/// Closes the connection that sends it.
#[message(action = "quit")]
pub struct Quit;
/// Closes all connections of a user.
#[message(action = "kick")]
pub struct Kick {
    pub user: String,
}
/// Sends so many pongs.
#[message(action = "flood")]
pub struct Flood {
    pub pongs: usize,
}
#[message(action = "left")]
pub struct Left {
    pub user: String,
}
/// Panics when it is dropped, and is never done.
#[message(action = "bomb")]
pub struct Bomb;
/// Fails with an error that panics when it is shown.
#[message(action = "evil")]
pub struct Evil;

#[derive(Clone, Default)]
struct Counts {
    connected: Arc<AtomicUsize>,
    disconnected: Arc<AtomicUsize>,
}

/// Believes the query.
struct QueryAuth;

impl<S: Sync> Authenticator<S> for QueryAuth {
    type Identity = String;

    async fn authenticate(request: &mut Parts, _: &S) -> Result<String, Reject> {
        Ok(request.uri.query().unwrap_or("nobody").to_owned())
    }

    fn user(identity: &String) -> Option<String> {
        Some(identity.clone())
    }
}

struct Member {
    user: String,
}

struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[derive(Debug)]
struct Unspeakable;

impl std::fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("shown");
    }
}

impl std::error::Error for Unspeakable {}

#[consumer(name = "member", state = Counts, auth = QueryAuth, output(Pong))]
impl Member {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let user = cx.identity().clone();
        let all = Group::new(["all"]);
        if user == "refused" {
            all.send(cx, Left { user }).await?;
            return Err(Reject::http(StatusCode::CONFLICT));
        }
        if user == "unwelcome" {
            cx.layer()
                .kick(Target::user("unwelcome"), CloseCode::FORBIDDEN, "go away");
        }
        cx.join(&all).await?;
        cx.state().connected.fetch_add(1, Ordering::SeqCst);
        Ok(Self { user })
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn quit(&mut self, _: Quit, cx: &mut Context<'_, Self>) {
        cx.close(CloseCode::NORMAL, "as you wish");
    }

    #[ws_handler]
    async fn kick(&mut self, message: Kick, cx: &mut Context<'_, Self>) {
        cx.layer()
            .kick(Target::user(message.user), CloseCode::FORBIDDEN, "kicked");
    }

    #[ws_handler]
    async fn flood(&mut self, message: Flood, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        for _ in 0..message.pongs {
            cx.send(Pong).await?;
        }
        Ok(())
    }

    #[ws_handler]
    async fn bomb(&mut self, _: Bomb) {
        let _explosive = Explosive;
        std::future::pending::<()>().await;
    }

    #[ws_handler]
    async fn evil(&mut self, _: Evil) -> Result<(), Error> {
        Err(Error::internal(Unspeakable))
    }

    #[event_handler]
    async fn left(event: &Left) -> Left {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().disconnected.fetch_add(1, Ordering::SeqCst);
        let left = Left {
            user: self.user.clone(),
        };
        let _ = Group::<Self>::new(["all"]).send(cx, left).await;
    }
}

fn member() -> (Realtime, Counts) {
    let counts = Counts::default();
    let builder = Realtime::builder()
        .state(counts.clone())
        .consumer::<Member>("/ws");
    (builder.unlimited_frames().build().unwrap(), counts)
}

/// Two applications: one in memory, one over TCP.
fn apps() -> [TestApp; 2] {
    [
        TestApp::new(member().0),
        TestApp::new(member().0).over_tcp(),
    ]
}

fn left(user: &str) -> Left {
    Left { user: user.into() }
}

const RUNS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_waits_for_a_close_of_ones_own_and_for_what_follows_it() {
    for app in apps() {
        let mut witness = app.connect("/ws?witness").await.unwrap();
        for _ in 0..RUNS {
            let mut ann = app.connect("/ws?ann").await.unwrap();
            ann.send(Quit).await;
            assert_eq!(ann.closed(), Some(1000));
            assert_eq!(witness.expect::<Left>(), left("ann"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_waits_for_the_close_of_another_and_for_what_follows_it() {
    for app in apps() {
        let mut witness = app.connect("/ws?witness").await.unwrap();
        for _ in 0..RUNS {
            let bob = app.connect("/ws?bob").await.unwrap();
            witness.send(Kick { user: "bob".into() }).await;
            assert_eq!(bob.closed(), Some(4403));
            assert_eq!(witness.expect::<Left>(), left("bob"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_waits_for_what_follows_a_frame_that_is_too_big() {
    for app in apps() {
        let mut witness = app.connect("/ws?witness").await.unwrap();
        for _ in 0..RUNS {
            let mut ann = app.connect("/ws?ann").await.unwrap();
            ann.send_raw("x".repeat(70_000)).await;
            assert_eq!(ann.closed(), Some(1009));
            assert_eq!(witness.expect::<Left>(), left("ann"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_waits_for_the_closes_that_it_causes() {
    async fn kick(State(layer): State<ChannelLayer>) {
        layer.kick(
            Target::user("bob"),
            CloseCode::UNAUTHENTICATED,
            "signed out",
        );
    }
    let (realtime, _) = member();
    let router = axum::Router::new()
        .route("/kick", post(kick))
        .with_state(realtime.layer());
    let app = TestApp::new(router.merge(realtime.router()));
    let mut witness = app.connect("/ws?witness").await.unwrap();
    for _ in 0..RUNS {
        let bob = app.connect("/ws?bob").await.unwrap();
        app.http(http::Request::post("/kick").body(Body::empty()).unwrap())
            .await;
        assert_eq!(bob.closed(), Some(4401));
        assert_eq!(witness.expect::<Left>(), left("bob"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advancing_waits_for_what_follows_a_missing_pong() {
    for app in apps() {
        let mut witness = app.connect("/ws?witness").await.unwrap();
        for _ in 0..RUNS {
            let mut bob = app.connect("/ws?bob").await.unwrap();
            bob.half_open();
            app.advance(Duration::from_secs(37)).await;
            assert_eq!(witness.expect::<Left>(), left("bob"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connecting_waits_for_what_a_refusal_published() {
    for app in apps() {
        let mut witness = app.connect("/ws?witness").await.unwrap();
        for _ in 0..RUNS {
            assert_eq!(
                app.connect("/ws?refused").await.unwrap_err().status(),
                Some(409)
            );
            assert_eq!(witness.expect::<Left>(), left("refused"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connecting_waits_for_a_kick_of_its_own() {
    for app in apps() {
        for _ in 0..RUNS {
            assert_eq!(
                app.connect("/ws?unwelcome").await.unwrap_err().code(),
                Some(4403)
            );
        }
    }
}

#[tokio::test]
async fn a_member_that_reads_nothing_keeps_no_test_waiting_and_is_closed_at_last() {
    let (realtime, _) = member();
    let app = TestApp::new(&realtime);
    let mut witness = app.connect("/ws?witness").await.unwrap();
    let mut deaf = app.connect("/ws?deaf").await.unwrap();
    deaf.half_open();
    for _ in 0..2000 {
        witness.send(Ping).await;
        let big = left(&"x".repeat(10_000));
        Group::<Member>::new(["all"])
            .send(&realtime.layer(), big)
            .await
            .unwrap();
    }
    app.advance(Duration::from_secs(5)).await;
    assert_eq!(realtime.connections(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_sends_more_than_an_outbox_to_a_client_that_reads_loses_nothing() {
    for app in apps() {
        let mut ann = app.connect("/ws?ann").await.unwrap();
        ann.send(Flood { pongs: 5000 }).await;
        assert_eq!(ann.messages::<Pong>().len(), 5000);
        assert_eq!(ann.closed(), None);
    }
}

#[tokio::test]
async fn an_error_that_panics_when_it_is_shown_ends_its_request_only() {
    for app in apps() {
        let mut ann = app.connect("/ws?ann").await.unwrap();
        ann.send(Evil).await;
        assert_eq!(ann.frames()[0]["payload"]["code"], "internal");
        ann.send(Ping).await;
        ann.expect::<Pong>();
    }
}

#[tokio::test]
async fn a_handler_that_panics_when_it_is_given_up_does_not_cost_its_cleanup() {
    for over_tcp in [false, true] {
        let (realtime, counts) = member();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        let mut ann = app.connect("/ws?ann").await.unwrap();
        let stuck = tokio::spawn(async move { ann.send(Bomb).await });
        while realtime.kick(Target::user("ann"), CloseCode::FORBIDDEN, "kicked") == 1 {
            app.advance(Duration::from_secs(1)).await;
            tokio::task::yield_now().await;
        }
        stuck.await.unwrap();
        assert_eq!(counts.disconnected.load(Ordering::SeqCst), 1);
    }
}
