//! What a connection may use, and what happens beyond it: outbox policies, silence, numbers. In memory and over TCP.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

#[path = "scenarios/log.rs"]
mod log;

use std::{
    future::IntoFuture as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{StatusCode, request::Parts};
use log::Log;
use realtime_runtime::{OutboxPolicy, prelude::*};
use realtime_testing::{Communicator, Connecting, TestApp};
use serde_json::Value;
use tokio::sync::Notify;
use tracing::Level;

const SECOND: Duration = Duration::from_secs(1);

#[message(action = "ping")]
struct Ping;
#[message(action = "pong")]
struct Pong;
#[message(action = "wait")]
struct Wait;
/// Sends so many numbers beside the reply.
#[message(action = "fill")]
struct Fill {
    up_to: u32,
}
#[message(action = "number")]
struct Number {
    number: u32,
}
/// Handled by each member.
#[message(action = "own_number")]
struct OwnNumber {
    number: u32,
}
#[message(action = "price")]
struct Price {
    symbol: String,
    cents: u32,
}
#[message(action = "volume")]
struct Volume {
    symbol: String,
    pieces: u32,
}
#[message(action = "text")]
struct Text {
    text: String,
}

#[derive(Clone, Default)]
struct Door {
    asked: Arc<AtomicUsize>,
    gone: Arc<AtomicUsize>,
    entered: Arc<Notify>,
    open: Arc<Notify>,
}

/// Believes the header `x-user`, if there is one.
struct HeaderAuth;

impl Authenticator<Door> for HeaderAuth {
    type Identity = Option<String>;

    async fn authenticate(request: &mut Parts, door: &Door) -> Result<Option<String>, Reject> {
        door.asked.fetch_add(1, Ordering::SeqCst);
        let user = request.headers.get("x-user");
        let user = user.and_then(|user| user.to_str().ok()).map(str::to_owned);
        match user.as_deref() {
            Some("nobody") => Err(Reject::unauthenticated("sign in first")),
            Some("broken") => Err(std::io::Error::other("no database").into()),
            Some("panics") => panic!("as it was asked to"),
            Some("api") => Err(Reject::http(StatusCode::PAYMENT_REQUIRED)),
            Some("hangs") => {
                door.entered.notify_one();
                std::future::pending().await
            }
            _ => Ok(user),
        }
    }

    fn user(identity: &Option<String>) -> Option<String> {
        identity.clone()
    }
}

struct Feed;

fn all() -> Group<Feed> {
    Group::new(["all"])
}

#[consumer(name = "feed", state = Door, auth = HeaderAuth, groups("all"), output(Number))]
impl Feed {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        match cx.uri().query() {
            Some("panics") => panic!("as it was asked to"),
            Some("refused") => Err(Reject::forbidden("not you")),
            _ => Ok(Self),
        }
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn fill(&mut self, fill: Fill, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        for number in 1..=fill.up_to {
            cx.send(Number { number }).await?;
        }
        Ok(Pong)
    }

    #[ws_handler]
    async fn wait(&mut self, _: Wait, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().entered.notify_one();
        cx.state().open.notified().await;
        Pong
    }

    #[event_handler]
    async fn number(event: &Number) -> Number {
        event.clone()
    }

    #[event_handler]
    async fn own_number(&mut self, event: &OwnNumber) -> Number {
        let number = event.number;
        Number { number }
    }

    #[event_handler]
    async fn price(event: &Price) -> Price {
        event.clone()
    }

    #[event_handler]
    async fn volume(event: &Volume) -> Volume {
        event.clone()
    }

    #[event_handler]
    async fn text(event: &Text) -> Text {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().gone.fetch_add(1, Ordering::SeqCst);
    }
}

struct World {
    app: TestApp,
    realtime: Realtime,
    door: Door,
}

impl World {
    fn connect(&self, user: &str) -> Connecting {
        self.app.connect("/ws").header("x-user", user)
    }

    async fn client(&self) -> Communicator {
        self.app.connect("/ws").await.unwrap()
    }

    /// Publishes; nobody has their turn meanwhile.
    async fn publishes<E: realtime_runtime::HandledBy<Feed>>(&self, event: E) {
        let sent = all().send(&self.realtime.layer(), event).await;
        sent.unwrap();
    }

    fn gone(&self) -> usize {
        self.door.gone.load(Ordering::SeqCst)
    }
}

/// The same application in memory and over TCP.
fn both_ways(settings: impl Fn(RealtimeBuilder) -> RealtimeBuilder) -> [World; 2] {
    [false, true].map(|over_tcp| {
        let door = Door::default();
        let builder = Realtime::builder()
            .state(door.clone())
            .consumer::<Feed>("/ws");
        let realtime = settings(builder).build().unwrap();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        World {
            app,
            realtime,
            door,
        }
    })
}

/// What came, in short, up to the answer to a ping.
async fn heard(client: &mut Communicator) -> Vec<String> {
    client.send(Ping).await;
    let mut frames = client.frames();
    assert_eq!(frames.pop().unwrap()["action"], "pong");
    frames.iter().map(short).collect()
}

fn short(frame: &Value) -> String {
    let payload = &frame["payload"];
    match frame["action"].as_str().unwrap() {
        "gap" => {
            assert!(payload["since"].as_u64().unwrap() > 1_700_000_000_000);
            format!("gap of {}", payload["dropped"])
        }
        "number" => payload["number"].to_string(),
        "price" => format!(
            "{}={}",
            payload["symbol"].as_str().unwrap(),
            payload["cents"]
        ),
        "volume" => format!(
            "{}x{}",
            payload["symbol"].as_str().unwrap(),
            payload["pieces"]
        ),
        "text" => payload["text"].as_str().unwrap()[..1].to_owned(),
        other => other.to_owned(),
    }
}

async fn numbers(world: &World, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        world.publishes(Number { number }).await;
    }
}

#[tokio::test]
async fn drop_oldest_drops_what_waits_longest_and_says_where() {
    let policy = OutboxPolicy::DropOldest;
    for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
        let mut client = world.client().await;
        numbers(&world, 1..=3).await;
        assert_eq!(heard(&mut client).await, ["1", "2", "3"]);
        numbers(&world, 4..=10).await;
        assert_eq!(heard(&mut client).await, ["gap of 4", "8", "9", "10"]);
        numbers(&world, 11..=14).await;
        assert_eq!(heard(&mut client).await, ["gap of 1", "12", "13", "14"]);
        assert_eq!(world.realtime.dropped_messages(), 5);
        assert_eq!(client.closed(), None);
    }
}

#[tokio::test]
async fn drop_newest_drops_what_comes_last_and_says_where() {
    let policy = OutboxPolicy::DropNewest;
    for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
        let mut client = world.client().await;
        numbers(&world, 1..=10).await;
        assert_eq!(heard(&mut client).await, ["1", "2", "3", "gap of 7"]);
        numbers(&world, 11..=14).await;
        assert_eq!(heard(&mut client).await, ["11", "12", "13", "gap of 1"]);
        assert_eq!(world.realtime.dropped_messages(), 8);
    }
}

#[tokio::test]
async fn events_that_a_member_handles_are_dropped_as_others_are() {
    for (policy, expected) in [
        (OutboxPolicy::DropOldest, ["gap of 2", "3", "4", "5"]),
        (OutboxPolicy::DropNewest, ["1", "2", "3", "gap of 2"]),
    ] {
        for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
            let mut client = world.client().await;
            for number in 1..=5 {
                world.publishes(OwnNumber { number }).await;
            }
            assert_eq!(heard(&mut client).await, expected, "{policy:?}");
            assert_eq!(world.realtime.dropped_messages(), 2);
        }
    }
}

#[tokio::test]
async fn what_a_handler_sends_may_be_dropped_and_its_reply_may_not() {
    let keep = OutboxPolicy::keep_latest(|message| Some(message.tag().into_owned()));
    let expected: [(_, &[&str]); 3] = [
        (
            OutboxPolicy::DropOldest,
            &["gap of 2", "3", "4", "5", "pong"],
        ),
        (
            OutboxPolicy::DropNewest,
            &["1", "2", "3", "gap of 2", "pong"],
        ),
        (keep, &["4", "5", "pong"]),
    ];
    for (policy, expected) in expected {
        for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
            let mut client = world.client().await;
            client.send_with_ref(Fill { up_to: 5 }, 7).await;
            let frames = client.frames();
            let heard: Vec<_> = frames.iter().map(short).collect();
            assert_eq!(heard, expected, "{policy:?}");
            assert_eq!(frames.last().unwrap()["ref"], 7);
        }
    }
}

#[tokio::test]
async fn bytes_are_a_limit_as_messages_are() {
    let text = |first: &str| Text {
        text: first.repeat(100),
    };
    let policy = OutboxPolicy::DropOldest;
    for world in both_ways(|builder| builder.outbox(100, 400).outbox_policy(policy.clone())) {
        let mut client = world.client().await;
        for first in ["a", "b", "c", "d"] {
            world.publishes(text(first)).await;
        }
        assert_eq!(heard(&mut client).await, ["gap of 2", "c", "d"]);
        // What is more than the whole outbox by itself does not cost the others.
        world.publishes(text("e")).await;
        let big = "x".repeat(500);
        world.publishes(Text { text: big }).await;
        world.publishes(text("f")).await;
        assert_eq!(heard(&mut client).await, ["e", "gap of 1", "f"]);
        assert_eq!(world.realtime.dropped_messages(), 3);
    }
}

fn latest() -> OutboxPolicy {
    OutboxPolicy::keep_latest(|message| message.field("symbol"))
}

#[tokio::test]
async fn keep_latest_keeps_the_newest_of_each_key_and_tag() {
    for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(latest())) {
        let mut client = world.client().await;
        let price = async |symbol: &str, cents| {
            let symbol = symbol.to_owned();
            world.publishes(Price { symbol, cents }).await;
        };
        price("A", 1).await;
        price("B", 2).await;
        let symbol = "A".to_owned();
        world.publishes(Volume { symbol, pieces: 3 }).await;
        price("A", 4).await;
        price("A", 5).await;
        price("B", 6).await;
        assert_eq!(heard(&mut client).await, ["Ax3", "A=5", "B=6"]);
        assert_eq!(world.realtime.dropped_messages(), 3);
        // While there is room nothing is dropped.
        price("A", 7).await;
        price("A", 8).await;
        assert_eq!(heard(&mut client).await, ["A=7", "A=8"]);
    }
}

#[tokio::test]
async fn keep_latest_closes_where_nothing_is_replaced() {
    for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(latest())) {
        let mut client = world.client().await;
        numbers(&world, 1..=4).await;
        client.assert_closed(CloseCode::SLOW_CONSUMER).await;
        assert_eq!(world.realtime.dropped_messages(), 0);
    }
}

/// Lets a busy member take what was published so far.
async fn turn(world: &World) {
    for _ in 0..3 {
        world.client().await.disconnect().await;
    }
}

#[tokio::test]
async fn events_that_wait_for_a_busy_handler_are_dropped_as_others_are() {
    let last = OutboxPolicy::keep_latest(|message| Some(message.tag().into_owned()));
    let expected: [(_, &[&str], u64); 3] = [
        (
            OutboxPolicy::DropOldest,
            &["pong", "gap of 2", "3", "4", "5"],
            2,
        ),
        (
            OutboxPolicy::DropNewest,
            &["pong", "1", "2", "3", "gap of 2"],
            2,
        ),
        (last, &["pong", "4", "5"], 3),
    ];
    for (policy, expected, dropped) in expected {
        for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
            let mut client = world.client().await;
            let waits = client.begin(Wait).await;
            world.door.entered.notified().await;
            for number in 1..=5 {
                world.publishes(OwnNumber { number }).await;
                turn(&world).await;
            }
            world.door.open.notify_one();
            waits.done().await;
            assert_eq!(heard(&mut client).await, expected, "{policy:?}");
            assert_eq!(world.realtime.dropped_messages(), dropped);
        }
    }
}

#[tokio::test]
async fn who_takes_nothing_for_too_long_is_closed_with_1013() {
    for world in both_ways(|builder| {
        let builder = builder.unlimited_frames().no_heartbeat();
        let builder = builder.write_timeout(5 * SECOND);
        builder.outbox(100_000, 64 * 1024 * 1024)
    }) {
        let log = Log::new();
        let mut deaf = world.client().await;
        let mut alive = world.client().await;
        deaf.half_open();
        // More than the buffers of TCP hold.
        let text = "x".repeat(50_000);
        for _ in 0..600 {
            world.publishes(Text { text: text.clone() }).await;
            alive.send(Ping).await;
        }
        world.app.advance(4 * SECOND).await;
        assert_eq!(world.realtime.connections(), 2);
        // Two seconds more for the close to be written.
        world.app.advance(4 * SECOND).await;
        assert_eq!((world.realtime.connections(), world.gone()), (1, 1));
        let lines = log.lines(Level::DEBUG);
        let over = lines.iter().filter(|line| line.contains("code=1013"));
        assert_eq!(over.count(), 1, "{lines:?}");
        assert_eq!(alive.messages::<Text>().len(), 600);
    }
}

#[tokio::test]
async fn who_neither_says_nor_hears_anything_is_closed_with_1000() {
    for world in both_ways(|builder| builder.idle_timeout(60 * SECOND)) {
        let mut client = world.client().await;
        // Pings are exchanged meanwhile.
        world.app.advance(59 * SECOND).await;
        client.send(Ping).await;
        client.expect::<Pong>();
        world.app.advance(59 * SECOND).await;
        numbers(&world, [1]).await;
        until(|| !client.messages::<Number>().is_empty()).await;
        world.app.advance(59 * SECOND).await;
        assert_eq!(client.closed(), None);
        world.app.advance(2 * SECOND).await;
        client.assert_closed(CloseCode::NORMAL).await;
        assert_eq!(world.gone(), 1);
    }
}

async fn until(mut so: impl FnMut() -> bool) {
    let waiting = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(10 * SECOND, waiting).await.unwrap();
}

#[tokio::test]
async fn beyond_the_most_connections_4429_comes_before_anybody_is_asked() {
    for world in both_ways(|builder| builder.max_connections(2)) {
        let first = world.client().await;
        let mut second = world.client().await;
        for _ in 0..3 {
            let refused = world.connect("ann").await.unwrap_err();
            assert_eq!(refused.code(), Some(4429));
        }
        assert_eq!(world.door.asked.load(Ordering::SeqCst), 2);
        second.send(Ping).await;
        second.expect::<Pong>();
        first.disconnect().await;
        let mut third = world.client().await;
        assert_eq!(world.connect("ann").await.unwrap_err().code(), Some(4429));
        third.half_open();
        world.app.advance(40 * SECOND).await;
        drop(world.client().await);
        until(|| world.gone() == 3).await;
        world.client().await;
    }
}

#[tokio::test]
async fn whoever_is_refused_takes_nobodys_seat() {
    for world in both_ways(|builder| builder.max_connections(1).max_connections_per_user(1)) {
        let connect = |path: &str, user: &str| world.app.connect(path).header("x-user", user);
        for _ in 0..2 {
            for (attempt, expected) in [
                (connect("/ws?panics", "ann"), Ok(1011)),
                (connect("/ws?refused", "ann"), Ok(4403)),
                (connect("/ws", "nobody"), Ok(4401)),
                (connect("/ws", "broken"), Ok(1011)),
                (connect("/ws", "panics"), Ok(1011)),
                (connect("/ws", "api"), Err(402)),
                (connect("/ws", "ann").origin("https://a.b"), Err(403)),
                (
                    connect("/ws", "ann").header("sec-websocket-protocol", "chat"),
                    Err(400),
                ),
                (
                    connect("/ws", "ann").header("sec-websocket-key", "short"),
                    Err(400),
                ),
            ] {
                let refused = attempt.await.unwrap_err();
                let found = refused.code().ok_or(refused.status().unwrap_or(0));
                assert_eq!(found, expected, "{refused:?}");
            }
            // One who leaves while it is asked, and one who takes too long.
            let leaving = tokio::spawn(connect("/ws", "hangs").into_future());
            world.door.entered.notified().await;
            leaving.abort();
            let _ = leaving.await;
            let client = loop {
                match world.connect("ann").await {
                    Ok(client) => break client,
                    Err(refused) => assert_eq!(refused.code(), Some(4429)),
                }
            };
            client.disconnect().await;
            let slow = tokio::spawn(connect("/ws", "hangs").into_future());
            world.door.entered.notified().await;
            world.app.advance(10 * SECOND).await;
            assert_eq!(slow.await.unwrap().unwrap_err().code(), Some(1011));
            world.connect("ann").await.unwrap().disconnect().await;
        }
        assert_eq!(world.realtime.connections(), 0);
    }
}

#[tokio::test]
async fn beyond_the_most_connections_of_a_user_the_next_is_closed_with_4429() {
    for world in both_ways(|builder| builder.max_connections_per_user(2)) {
        let first = world.connect("ann").await.unwrap();
        let mut second = world.connect("ann").await.unwrap();
        assert_eq!(world.connect("ann").await.unwrap_err().code(), Some(4429));
        second.send(Ping).await;
        second.expect::<Pong>();
        // Others, and those of whom nothing is known, are not counted.
        let _bob = world.connect("bob").await.unwrap();
        let _anonymous = [
            world.client().await,
            world.client().await,
            world.client().await,
        ];
        first.disconnect().await;
        let _third = world.connect("ann").await.unwrap();
        assert_eq!(world.connect("ann").await.unwrap_err().code(), Some(4429));
    }
}
