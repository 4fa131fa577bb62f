//! What a test sees, and what it is told when it expects something else.
#![allow(missing_docs, missing_debug_implementations)]

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{body::Body, extract::State, routing::post};
use futures_util::FutureExt as _;
use realtime_runtime::{cause, prelude::*};
use realtime_testing::TestApp;

#[message(action = "ping")]
pub struct Ping;
#[message(action = "pong")]
pub struct Pong;
#[message(action = "tick")]
pub struct Tick {
    pub number: u32,
}
/// Ticks come back by a long way: a task, then the group.
#[message(action = "tick_later")]
pub struct TickLater {
    pub number: u32,
}

/// A tick comes back from a thread.
#[message(action = "tick_from_thread")]
pub struct TickFromThread {
    pub number: u32,
}
#[message(action = "long")]
pub struct Long {
    pub text: String,
}

#[derive(Clone, Default)]
struct Counts {
    each: Arc<AtomicUsize>,
}

struct Ticker;

#[consumer(state = Counts)]
impl Ticker {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&Group::new(["all"])).await?;
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn tick_later(message: TickLater, cx: &mut Context<'_, Self>) {
        let layer = cx.layer().clone();
        tokio::spawn(cause::carry(async move {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            let tick = Tick {
                number: message.number,
            };
            Group::<Self>::new(["all"])
                .send(&layer, tick)
                .await
                .unwrap();
        }));
    }

    /// A tick comes back from a thread.
    #[ws_handler]
    async fn tick_from_thread(message: TickFromThread, cx: &mut Context<'_, Self>) {
        let layer = cx.layer().clone();
        tokio::task::spawn_blocking(cause::carry_fn(move || {
            let mut steps = 0_u32;
            while std::hint::black_box(steps) < 100_000 {
                steps += 1;
            }
            let tick = Tick {
                number: message.number,
            };
            Group::<Self>::new(["all"])
                .try_publish(&layer, tick)
                .unwrap();
        }));
    }

    #[ws_handler]
    async fn long(message: Long) -> Long {
        message
    }

    /// Passes every tick on.
    #[event_handler]
    async fn ticked(event: &Tick) -> Tick {
        // The handler sees nothing but the event, so runs are counted by the process, for this number alone.
        if event.number == ONCE {
            RUNS.fetch_add(1, Ordering::SeqCst);
        }
        event.clone()
    }

    #[event_handler]
    async fn pinged(&mut self, _: &Ping, cx: &mut Context<'_, Self>) -> Option<Pong> {
        cx.state().each.fetch_add(1, Ordering::SeqCst);
        None
    }
}

static RUNS: AtomicUsize = AtomicUsize::new(0);
const ONCE: u32 = 4_000_000_000;

fn realtime() -> (Realtime, Counts) {
    let counts = Counts::default();
    let realtime = Realtime::builder()
        .state(counts.clone())
        .consumer::<Ticker>("/ws")
        .build()
        .unwrap();
    (realtime, counts)
}

/// What a test that fails says.
async fn failure<T>(test: impl Future<Output = T>) -> String {
    let panic = AssertUnwindSafe(test)
        .catch_unwind()
        .await
        .err()
        .expect("a failure");
    *panic.downcast::<String>().expect("a message")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_waits_for_tasks_that_carry_the_cause_and_for_every_member() {
    let (realtime, _) = realtime();
    for app in [TestApp::new(&realtime), TestApp::new(&realtime).over_tcp()] {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut others = Vec::new();
        for _ in 0..9 {
            others.push(app.connect("/ws").await.unwrap());
        }
        for number in 0..200 {
            alice.send(TickLater { number }).await;
            for client in others.iter_mut().chain([&mut alice]) {
                assert_eq!(client.expect::<Tick>(), Tick { number });
                client.assert_silent();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_waits_for_threads_that_carry_the_cause() {
    let (realtime, _) = realtime();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    let mut bob = app.connect("/ws").await.unwrap();
    for number in 0..100 {
        alice.send(TickFromThread { number }).await;
        assert_eq!(bob.expect::<Tick>(), Tick { number });
    }
}

#[tokio::test]
async fn sending_on_a_connection_that_was_closed_fails_with_the_conversation() {
    let (realtime, _) = realtime();
    for app in [TestApp::new(&realtime), TestApp::new(&realtime).over_tcp()] {
        let mut alice = app.connect("/ws").await.unwrap();
        alice.send_raw("x".repeat(70_000)).await;
        alice.assert_closed(CloseCode::TOO_BIG).await;
        let message = failure(alice.send(Ping)).await;
        assert!(
            message.starts_with("could not send: the connection is closed already"),
            "{message}"
        );
        assert!(message.contains("× closed with 1009"), "{message}");
        let binary = failure(alice.send_binary([1])).await;
        assert!(binary.contains("closed already"), "{binary}");
    }
}

#[tokio::test]
async fn long_frames_are_shown_by_their_beginning() {
    let (realtime, _) = realtime();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    let text = "x".repeat(50_000);
    alice.send(Long { text }).await;
    let silence = failure(async { alice.assert_silent() }).await;
    let other = failure(async { alice.expect::<Pong>() }).await;
    for message in [silence, other] {
        assert!(message.len() < 3_000, "{} bytes", message.len());
        assert!(message.contains("… (50039 bytes)"), "{message}");
    }
}

#[tokio::test]
async fn a_request_that_pushes_is_one_cause() {
    async fn fire(State(layer): State<ChannelLayer>) {
        Group::<Ticker>::new(["all"])
            .try_publish(&layer, Tick { number: 1 })
            .unwrap();
    }
    let (realtime, _) = realtime();
    let router = axum::Router::new()
        .route("/fire", post(fire))
        .with_state(realtime.layer());
    let app = TestApp::new(router.merge(realtime.router()));
    let mut alice = app.connect("/ws").await.unwrap();
    for _ in 0..100 {
        let response = app
            .http(http::Request::post("/fire").body(Body::empty()).unwrap())
            .await;
        assert_eq!(response.status(), 200);
        alice.expect::<Tick>();
        alice.assert_silent();
    }
}

#[tokio::test]
async fn a_handler_without_self_runs_once_for_all_and_one_with_self_for_each() {
    let (realtime, counts) = realtime();
    let app = TestApp::new(&realtime);
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(app.connect("/ws").await.unwrap());
    }
    let layer = realtime.layer();
    Group::<Ticker>::new(["all"])
        .send(&layer, Tick { number: 1 })
        .await
        .unwrap();
    Group::<Ticker>::new(["all"])
        .send(&layer, Tick { number: ONCE })
        .await
        .unwrap();
    assert_eq!(RUNS.load(Ordering::SeqCst), 1);
    Group::<Ticker>::new(["all"])
        .send(&layer, Ping)
        .await
        .unwrap();
    for client in &mut clients {
        client.send(Ping).await;
        assert_eq!(
            client.messages::<Tick>(),
            [Tick { number: 1 }, Tick { number: ONCE }]
        );
    }
    assert_eq!(counts.each.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn unexpected_frames_are_shown_with_the_conversation() {
    let (realtime, _) = realtime();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send(Ping).await;
    let silence = failure(async { alice.assert_silent() }).await;
    assert!(
        silence.starts_with("expected silence, but a frame came:\n  {\"action\":\"pong\"}\n"),
        "{silence}"
    );
    assert!(silence.contains(r#"→ {"action":"ping"}"#), "{silence}");
    let other = failure(async { alice.expect::<Tick>() }).await;
    assert!(
        other.starts_with(r#"expected `Tick` ["tick"], but {"action":"pong"} came"#),
        "{other}"
    );
    let nothing = failure(async { alice.expect::<Pong>() }).await;
    assert!(
        nothing.starts_with(r#"expected `Pong` ["pong"], but nothing came"#),
        "{nothing}"
    );
}

#[tokio::test]
async fn another_close_code_than_expected_is_shown_by_name() {
    let (realtime, _) = realtime();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send_raw("x".repeat(70_000)).await;
    let other = failure(async { alice.assert_closed(CloseCode::NORMAL).await }).await;
    assert!(
        other.starts_with(
            "expected close 1000 normal, but the connection was closed with 1009 too_big"
        ),
        "{other}"
    );
}

#[tokio::test]
async fn an_identity_of_another_type_is_refused() {
    let (realtime, _) = realtime();
    let app = TestApp::new(&realtime);
    let refused = app.connect("/ws").identity("a string").await.unwrap_err();
    assert_eq!(refused.code(), Some(1011));
}

#[tokio::test]
async fn dropping_a_communicator_ends_its_connection() {
    let (realtime, _) = realtime();
    for app in [TestApp::new(&realtime), TestApp::new(&realtime).over_tcp()] {
        let mut alice = app.connect("/ws").await.unwrap();
        drop(app.connect("/ws").await.unwrap());
        while realtime.connections() > 1 {
            alice.send(Ping).await;
            alice.expect::<Pong>();
        }
    }
}
