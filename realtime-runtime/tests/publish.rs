//! Publishing when what is published misbehaves, or when there is a lot of it.
#![allow(missing_docs, missing_debug_implementations)]

mod support;

use std::{fmt, future::pending, sync::LazyLock, time::Duration};

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;
use support::{Ping, Pong, Shouted, Zoo, zoo};

/// Its handler fails in the way it names.
#[message(action = "bad")]
pub struct Bad {
    pub way: String,
}

#[message(action = "news")]
pub struct News {
    pub number: u32,
}

/// Has a panic in its drop.
#[message(action = "heavy")]
pub struct Heavy {
    pub weight: Weight,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Weight {
    pub drops_badly: bool,
}

impl Drop for Weight {
    fn drop(&mut self) {
        assert!(!self.drops_badly, "a drop that panics");
    }
}

/// Publishes many of these to a group that the sender is in.
#[message(action = "flood")]
pub struct Flood {
    pub count: u32,
}

#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("an error that cannot be shown")
    }
}

impl std::error::Error for Unspeakable {}

/// A log that writes every field out.
struct Log;

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut |_: &tracing::field::Field, value: &dyn fmt::Debug| {
            drop(format!("{value:?}"));
        });
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

struct Feed;

#[consumer(name = "feed")]
impl Feed {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&everybody()).await?;
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn flood(&mut self, flood: Flood, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        for number in 0..flood.count {
            everybody().send(cx, News { number }).await?;
        }
        Ok(Pong)
    }

    #[event_handler]
    async fn news(event: &News) -> News {
        event.clone()
    }

    #[event_handler]
    async fn bad(event: &Bad) -> Result<Pong, Error> {
        match event.way.as_str() {
            "panics" => panic!("a handler that panics"),
            "hangs" => pending().await,
            _ => Err(Unspeakable)?,
        }
    }

    #[event_handler]
    async fn heavy(_: &Heavy) -> Pong {
        Pong
    }
}

fn everybody() -> Group<Feed> {
    Group::new(["everybody"])
}

fn feed() -> Realtime {
    let builder = Realtime::builder().consumer::<Feed>("/ws");
    builder.build().unwrap()
}

fn bad(way: &str) -> Bad {
    Bad { way: way.into() }
}

/// What is handed over behind `event` still arrives.
async fn goes_on_after<E: realtime_runtime::HandledBy<Feed>>(event: E) {
    let realtime = feed();
    goes_on_in(&TestApp::new(&realtime), &realtime, event).await;
}

/// As [`goes_on_after`], where the event's handler panics.
async fn goes_on_after_panic<E: realtime_runtime::HandledBy<Feed>>(event: E) {
    let realtime = feed();
    let app = TestApp::new(&realtime);
    app.expect_panics();
    goes_on_in(&app, &realtime, event).await;
}

async fn goes_on_in<E: realtime_runtime::HandledBy<Feed>>(
    app: &TestApp,
    realtime: &Realtime,
    event: E,
) {
    let mut client = app.connect("/ws").await.unwrap();
    let layer = realtime.layer();
    everybody().try_publish(&layer, event).unwrap();
    everybody().try_publish(&layer, News { number: 7 }).unwrap();
    for _ in 0..20 {
        client.send(Ping).await;
        if client.messages::<News>() == [News { number: 7 }] {
            return;
        }
    }
    panic!("nothing is published any more");
}

#[tokio::test]
async fn publishing_goes_on_after_a_handler_whose_error_panics_when_shown() {
    let _log = tracing::subscriber::set_default(Log);
    goes_on_after_panic(bad("cannot be shown")).await;
}

#[tokio::test]
async fn publishing_goes_on_after_a_handler_that_panics() {
    goes_on_after_panic(bad("panics")).await;
}

#[tokio::test]
async fn publishing_goes_on_after_an_event_whose_drop_panics() {
    let weight = Weight { drops_badly: true };
    goes_on_after(Heavy { weight }).await;
}

#[tokio::test]
async fn a_handler_whose_error_panics_when_shown_does_not_fail_the_publisher() {
    let _log = tracing::subscriber::set_default(Log);
    let realtime = feed();
    let app = TestApp::new(&realtime);
    app.expect_panics();
    let _client = app.connect("/ws").await.unwrap();
    let sent = everybody().send(&realtime.layer(), bad("cannot be shown"));
    sent.await.unwrap();
}

#[tokio::test]
async fn a_shared_handler_that_never_ends_is_given_up_and_does_not_fail_the_publisher() {
    let realtime = feed();
    let app = TestApp::new(&realtime);
    let _client = app.connect("/ws").await.unwrap();
    let mut sending = everybody().send(&realtime.layer(), bad("hangs"));
    tokio::select! {
        biased;
        _ = &mut sending => panic!("it waits for the handler"),
        () = app.advance(Duration::from_millis(9_999)) => {}
    }
    tokio::join!(sending, app.advance(Duration::from_millis(1)))
        .0
        .unwrap();
}

#[tokio::test]
async fn a_shared_handler_that_never_ends_does_not_keep_what_was_handed_over_behind_it() {
    let realtime = feed();
    let app = TestApp::new(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    let layer = realtime.layer();
    everybody().try_publish(&layer, bad("hangs")).unwrap();
    everybody().try_publish(&layer, News { number: 7 }).unwrap();
    client.send(Ping).await;
    client.expect::<Pong>();
    client.assert_silent();
    app.advance(Duration::from_secs(10)).await;
    client.send(Ping).await;
    assert_eq!(client.messages::<News>(), [News { number: 7 }]);
}

#[tokio::test]
async fn publishing_in_a_loop_closes_no_client_that_reads() {
    let (realtime, _) = zoo();
    for app in [TestApp::new(&realtime), TestApp::new(&realtime).over_tcp()] {
        let mut client = app.connect("/ws").await.unwrap();
        let all = Group::<Zoo>::new(["all"]);
        for number in 0..5000 {
            let event = Shouted {
                text: number.to_string(),
            };
            all.send(&realtime.layer(), event).await.unwrap();
        }
        client.send(Ping).await;
        assert_eq!(client.messages::<Shouted>().len(), 5000);
    }
}

#[tokio::test]
async fn a_handler_that_publishes_in_a_loop_to_its_own_group_is_not_closed() {
    let realtime = feed();
    for app in [TestApp::new(&realtime), TestApp::new(&realtime).over_tcp()] {
        let mut client = app.connect("/ws").await.unwrap();
        client.send(Flood { count: 10_000 }).await;
        assert_eq!(client.messages::<News>().len(), 10_000);
    }
}

#[test]
fn code_that_is_not_async_publishes_after_the_runtime_of_the_first_connection_has_ended() {
    static REALTIME: LazyLock<Realtime> = LazyLock::new(feed);
    for number in 0..2 {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let app = TestApp::new(&*REALTIME);
            let mut client = app.connect("/ws").await.unwrap();
            let layer = REALTIME.layer();
            everybody().try_publish(&layer, News { number }).unwrap();
            client.send(Ping).await;
            assert_eq!(client.messages::<News>(), [News { number }]);
        });
    }
}
