//! What may be missing of other nodes: who is told, when, and of what.
#![allow(missing_docs, missing_debug_implementations)]

use std::{
    future::ready,
    sync::{Arc, Mutex, OnceLock},
    time::UNIX_EPOCH,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use realtime_runtime::{
    Gap, MemoryBus, OutboxPolicy,
    broker::{self, Broker, BrokerFuture, Health, Inbox},
    prelude::*,
};
use realtime_testing::{Communicator, TestApp};
use serde_json::Value;
use tokio::sync::Semaphore;

#[message(action = "said")]
pub struct Said {
    pub text: String,
}

/// What a handler waits with for the test's word.
#[message(action = "slow")]
pub struct Slow {
    pub number: usize,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Rooms {
    /// With commas between them.
    rooms: String,
}

pub struct Room;

static GATE: Semaphore = Semaphore::const_new(0);

#[consumer(path = Rooms)]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        for room in cx.path().rooms.clone().split(',') {
            cx.join(&group(room)).await?;
        }
        Ok(Self)
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }

    #[event_handler]
    async fn slow(event: &Slow) -> Slow {
        if let Ok(permit) = GATE.acquire().await {
            drop(permit);
        }
        event.clone()
    }
}

/// It handles no events.
pub struct Quiet;

#[consumer]
impl Quiet {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn group(room: &str) -> Group<Room> {
    Group::new(["room", room])
}

fn said(text: &str) -> Said {
    let text = text.to_owned();
    Said { text }
}

/// A bus whose other end the test has.
#[derive(Clone, Debug, Default)]
struct Wire {
    inbox: Arc<OnceLock<Inbox>>,
    topics: Arc<Mutex<Vec<String>>>,
}

impl Broker for Wire {
    fn start(&self, inbox: Inbox) {
        self.inbox.set(inbox).unwrap();
    }

    fn publish(&self, _: &str, _: Bytes) -> BrokerFuture<'_> {
        Box::pin(ready(Ok(())))
    }

    fn subscribe(&self, topic: &str) -> BrokerFuture<'_> {
        self.topics.lock().unwrap().push(topic.to_owned());
        Box::pin(ready(Ok(())))
    }

    fn unsubscribe(&self, _: &str) {}

    fn health(&self) -> Health {
        Health::Up
    }
}

impl Wire {
    fn gap(&self, topics: Option<&[&str]>, over: bool) {
        let topics = topics.map(|topics| topics.iter().map(|topic| (*topic).into()).collect());
        self.inbox.get().unwrap().gap(broker::Gap { topics, over });
    }

    /// The topic of the node itself.
    fn own(&self) -> String {
        let topics = self.topics.lock().unwrap();
        let own = topics.iter().find(|topic| topic.starts_with("n."));
        own.unwrap().clone()
    }
}

/// What the application was told.
type Told = Arc<Mutex<Vec<Gap>>>;

struct Node {
    wire: Wire,
    told: Told,
    realtime: Realtime,
    app: TestApp,
}

fn builder(wire: &Wire, told: &Told) -> RealtimeBuilder {
    let told = Arc::clone(told);
    Realtime::builder()
        .consumer::<Room>("/rooms/{rooms}")
        .consumer::<Quiet>("/quiet")
        .layer(wire.clone())
        .on_gap(move |gap| told.lock().unwrap().push(gap.clone()))
}

fn node_with(set: impl FnOnce(RealtimeBuilder) -> RealtimeBuilder) -> Node {
    let (wire, told) = (Wire::default(), Told::default());
    let realtime = set(builder(&wire, &told)).build().unwrap();
    let app = TestApp::new(&realtime);
    Node {
        wire,
        told,
        realtime,
        app,
    }
}

fn node() -> Node {
    node_with(|builder| builder)
}

impl Node {
    async fn client(&self, path: &str) -> Communicator {
        self.app.connect(path).await.unwrap()
    }

    /// What the client has got once everything that was told has reached it.
    async fn frames(&self, client: &mut Communicator) -> Vec<Value> {
        self.app.settled().await;
        client.frames()
    }

    /// The `since` of the one frame that the client has got, a gap of which nobody knows what is missing.
    async fn since(&self, client: &mut Communicator) -> u64 {
        let frames = self.frames(client).await;
        let [frame] = &frames[..] else {
            panic!("not one frame: {frames:?}");
        };
        assert_eq!(frame["action"], "gap");
        assert_eq!(frame["payload"]["dropped"], 0);
        frame["payload"]["since"].as_u64().unwrap()
    }
}

const A: &str = "g.room/room/a";
const B: &str = "g.room/room/b";

#[tokio::test]
async fn the_members_of_a_gaps_groups_are_told_once_when_it_begins_and_once_when_it_is_over() {
    let node = node();
    let mut ann = node.client("/rooms/a").await;
    let mut ben = node.client("/rooms/a,b").await;
    let mut cleo = node.client("/rooms/c").await;
    node.wire.gap(Some(&[A, B]), false);
    let since = node.since(&mut ann).await;
    assert_eq!(node.since(&mut ben).await, since);
    node.wire.gap(Some(&[A, B]), true);
    assert_eq!(node.since(&mut ann).await, since, "it is the same gap");
    assert_eq!(node.since(&mut ben).await, since);
    assert_eq!(node.frames(&mut cleo).await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_gap_of_all_or_of_the_node_itself_is_told_to_whoever_may_get_an_event() {
    let node = node();
    let mut ann = node.client("/rooms/a").await;
    let mut quiet = node.client("/quiet").await;
    node.wire.gap(None, false);
    node.since(&mut ann).await;
    node.wire
        .gap(Some(&["g.room/room/elsewhere", &node.wire.own()]), false);
    node.since(&mut ann).await;
    assert_eq!(node.frames(&mut quiet).await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_gap_that_concerns_no_event_is_told_to_the_application_alone() {
    let node = node();
    let mut ann = node.client("/rooms/a").await;
    node.wire.gap(Some(&["all", "pg.room/room/a"]), true);
    assert_eq!(node.frames(&mut ann).await, [Value::Null; 0]);
    assert_eq!(node.told.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_gap_of_presence_is_told_to_nobody_as_that_makes_up_for_it() {
    let node = node();
    let mut ann = node.client("/rooms/a").await;
    node.wire.gap(Some(&["p", "pg.room/room/a"]), true);
    assert_eq!(node.frames(&mut ann).await, [Value::Null; 0]);
    assert!(node.told.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_gap_stands_where_it_was_among_events() {
    let node = node();
    let mut ann = node.client("/rooms/a").await;
    let layer = node.realtime.layer();
    ann.slow_reader();
    group("a").send(&layer, said("before")).await.unwrap();
    node.wire.gap(None, true);
    group("a").send(&layer, said("after")).await.unwrap();
    ann.read_on().await;
    let frames = node.frames(&mut ann).await;
    let actions: Vec<_> = frames.iter().map(|frame| &frame["action"]).collect();
    assert_eq!(actions, ["said", "gap", "said"]);
}

#[tokio::test]
async fn gaps_never_fill_an_outbox() {
    let policies = [
        OutboxPolicy::Disconnect,
        OutboxPolicy::DropNewest,
        OutboxPolicy::DropOldest,
    ];
    for policy in policies {
        let node = node_with(|builder| builder.outbox(1, 1024).outbox_policy(policy));
        let mut ann = node.client("/rooms/a").await;
        ann.slow_reader();
        for _ in 0..5000 {
            node.wire.gap(None, false);
            node.wire.gap(None, true);
        }
        ann.read_on().await;
        assert!(!node.frames(&mut ann).await.is_empty());
        assert_eq!(ann.closed(), None);
    }
}

#[tokio::test]
async fn the_application_is_told_of_what_and_since_when() {
    let node = node();
    let mut ann = node.client("/rooms/a").await;
    node.wire.gap(Some(&[A]), false);
    let since = node.since(&mut ann).await;
    node.wire.gap(Some(&[A]), true);
    node.wire.gap(None, true);
    let told = std::mem::take(&mut *node.told.lock().unwrap());
    let [begins, ends, all] = &told[..] else {
        panic!("{told:?}");
    };
    let millis = begins.since.duration_since(UNIX_EPOCH).unwrap().as_millis();
    assert_eq!(millis, u128::from(since));
    assert_eq!((begins.over, ends.over), (false, true));
    assert_eq!(begins.since, ends.since);
    assert!(begins.concerns(&group("a")) && !begins.concerns(&group("b")));
    assert!(!begins.is_of_all() && all.is_of_all());
    assert!(all.concerns(&group("b")));
}

#[tokio::test]
async fn an_application_that_panics_when_it_is_told_keeps_nobody_from_being_told() {
    let node = node_with(|builder| builder.on_gap(|_| panic!("on purpose")));
    let mut ann = node.client("/rooms/a").await;
    node.app.expect_panics();
    node.wire.gap(None, true);
    node.since(&mut ann).await;
    assert_eq!(node.app.panics()[0].message, "on purpose");
}

#[tokio::test]
async fn what_finds_no_room_is_told_of_once_when_that_begins_and_once_after_the_last() {
    let node = node();
    let mut ann = node.client("/rooms/a").await;
    let mut ben = node.client("/rooms/b").await;
    let inbox = node.wire.inbox.get().unwrap();
    for number in 0..5000 {
        let event = format!(
            r#"{{"v":1,"from":"x","id":{number},"consumer":"room","to":["room/room/a"],"event":{{"action":"slow","payload":{{"number":{number}}}}}}}"#
        );
        inbox.message(A, event.into());
    }
    let since = ann.next_frame().await.unwrap()["payload"]["since"].clone();
    assert_eq!(node.told.lock().unwrap().len(), 1, "while it lasts");
    GATE.add_permits(1);
    let mut numbers = Vec::new();
    let last = loop {
        let frame = ann.next_frame().await.unwrap();
        match frame["payload"]["number"].as_u64() {
            Some(number) => numbers.push(number),
            None => break frame,
        }
    };
    assert_eq!(last["action"], "gap");
    assert_eq!(last["payload"]["since"], since);
    let came = numbers.len() as u64;
    assert!((1024..5000).contains(&came), "{came} have come");
    assert_eq!(numbers, (0..came).collect::<Vec<_>>(), "the first of them");
    let told: Vec<_> = node
        .told
        .lock()
        .unwrap()
        .iter()
        .map(|gap| gap.over)
        .collect();
    assert_eq!(told, [false, true]);
    assert_eq!(node.frames(&mut ann).await, [Value::Null; 0]);
    assert_eq!(node.frames(&mut ben).await, [Value::Null; 0]);
}

/// Status and text of `GET /health/ready`.
async fn ready_of(app: &TestApp) -> (StatusCode, Bytes) {
    let request = Request::get("/health/ready").body(axum::body::Body::empty());
    let answer = app.http(request.unwrap()).await;
    (answer.status(), answer.into_body())
}

#[tokio::test]
async fn a_node_is_not_ready_while_the_bus_is_down_and_serves_all_the_same() {
    let bus = MemoryBus::new();
    let builder = Realtime::builder().consumer::<Room>("/rooms/{rooms}");
    let realtime = builder.layer(bus.connect()).build().unwrap();
    let app = TestApp::new(realtime.router().merge(realtime.health()));
    let (status, _) = ready_of(&app).await;
    assert_eq!(status, StatusCode::OK);
    bus.fail();
    let (status, why) = ready_of(&app).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(why, "the bus to other nodes is down\n");
    let mut ann = app.connect("/rooms/a").await.unwrap();
    let layer = realtime.layer();
    assert!(group("a").send(&layer, said("here")).await.is_err());
    assert_eq!(ann.next::<Said>().await, said("here"));
    bus.heal();
    let (status, _) = ready_of(&app).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn asking_whether_a_node_is_ready_starts_its_bus() {
    let node = node();
    let app = TestApp::new(node.realtime.health());
    assert_eq!(ready_of(&app).await.0, StatusCode::OK);
    assert!(node.wire.inbox.get().is_some());
}
