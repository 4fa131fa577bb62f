//! Two nodes of one application, on a bus within this process: what is no matter of the broker. The rest is the conformance
//! suite of `realtime-testing`, which every broker runs.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

#[path = "scenarios/log.rs"]
mod log;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use bytes::Bytes;
use futures_util::future::select_all;
use realtime_runtime::{
    MemoryBus, PublishError,
    broker::{Broker, BrokerFuture, Health, Inbox},
    prelude::*,
};
use realtime_testing::{Communicator, TestApp};
use tokio::sync::Semaphore;
use tracing::Level;

use log::Log;

#[message(action = "said")]
pub struct Said {
    pub text: String,
}

#[message(action = "join")]
pub struct Join {
    pub room: String,
}

#[message(action = "leave")]
pub struct Leave {
    pub room: String,
}

#[message(action = "done")]
pub struct Done;

/// What its handler waits with for the test's word.
#[message(action = "slow")]
pub struct Slow;

static GATE: Semaphore = Semaphore::const_new(0);

/// Whose handler counts how often it runs.
#[message(action = "counted")]
pub struct Counted;

static COUNTED: AtomicUsize = AtomicUsize::new(0);

pub struct Room;

impl Room {
    fn group(room: &str) -> Group<Self> {
        Group::new(["room", room])
    }
}

#[consumer(name = "room")]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&Self::group("all")).await?;
        Ok(Self)
    }

    #[ws_handler]
    async fn join(&mut self, message: Join, cx: &mut Context<'_, Self>) -> Result<Done, Error> {
        cx.join(&Self::group(&message.room)).await?;
        Ok(Done)
    }

    #[ws_handler]
    async fn leave(&mut self, message: Leave, cx: &mut Context<'_, Self>) -> Done {
        cx.leave(&Self::group(&message.room));
        Done
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }

    #[event_handler]
    async fn counted(event: &Counted) -> Counted {
        COUNTED.fetch_add(1, Ordering::SeqCst);
        event.clone()
    }

    #[event_handler]
    async fn slow(event: &Slow) -> Slow {
        drop(GATE.acquire().await);
        event.clone()
    }
}

struct Node {
    realtime: Realtime,
    app: TestApp,
}

fn nodes() -> (MemoryBus, Node, Node) {
    let bus = MemoryBus::new();
    let node = || {
        let builder = Realtime::builder().consumer::<Room>("/ws");
        let realtime = builder.layer(bus.connect()).build().unwrap();
        let app = TestApp::new(&realtime);
        Node { realtime, app }
    };
    let (one, two) = (node(), node());
    (bus, one, two)
}

async fn client(node: &Node) -> Communicator {
    node.app.connect("/ws").await.unwrap()
}

fn said(text: &str) -> Said {
    let text = text.to_owned();
    Said { text }
}

#[tokio::test]
async fn a_node_is_on_the_topics_of_its_members_alone() {
    let (bus, one, two) = nodes();
    let mut ann = client(&one).await;
    // Its own topic, that of all nodes, and that of the group.
    assert_eq!(bus.topics(), 3);
    let room = "a".to_owned();
    assert_eq!(ann.request::<Done>(Join { room }).await, Ok(Done));
    assert_eq!(bus.topics(), 4);
    let ben = client(&two).await;
    assert_eq!(bus.topics(), 5);
    let room = "a".to_owned();
    assert_eq!(ann.request::<Done>(Leave { room }).await, Ok(Done));
    assert_eq!(bus.topics(), 4);
    ann.disconnect().await;
    ben.disconnect().await;
    assert_eq!(bus.topics(), 3, "each node's own, and that of all");
    drop((one, two));
    assert_eq!(bus.topics(), 0);
}

#[tokio::test]
async fn a_thread_may_publish_before_the_first_connection_of_its_node() {
    let (_bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let layer = two.realtime.layer();
    let publishing = thread::spawn(move || Room::group("all").try_publish(&layer, said("early")));
    assert_eq!(ann.next::<Said>().await, said("early"));
    publishing.join().unwrap().unwrap();
}

#[tokio::test]
async fn what_cannot_be_read_is_logged_and_counted() {
    let (bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let log = Log::new();
    let of_another_version = r#"{"v":9}"#;
    let of_nobody = r#"{"v":1,"from":"x","id":1,"consumer":"nobody","event":{"action":"said"}}"#;
    let of_no_tag = r#"{"v":1,"from":"x","id":2,"consumer":"room","event":{"action":"nothing"}}"#;
    for message in ["", of_another_version, of_nobody, of_no_tag] {
        bus.inject("g.room/room/all", &Bytes::from_static(message.as_bytes()));
    }
    let layer = two.realtime.layer();
    Room::group("all").send(&layer, said("fine")).await.unwrap();
    assert_eq!(ann.next::<Said>().await, said("fine"));
    let lines = log.lines(Level::WARN);
    let skipped: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("skipped="))
        .collect();
    assert_eq!(skipped.len(), 4, "{lines:?}");
    assert!(skipped[3].contains("skipped=4"), "{lines:?}");
}

#[tokio::test]
async fn the_shared_handler_of_an_event_to_several_groups_runs_once() {
    let (_bus, one, two) = nodes();
    let mut members = Vec::new();
    let groups = ["a", "b", "c"].map(Room::group);
    for room in ["a", "b", "c"] {
        let mut member = client(&two).await;
        let room = room.to_owned();
        assert_eq!(member.request::<Done>(Join { room }).await, Ok(Done));
        members.push(member);
    }
    Group::send_all(&groups, &one.realtime.layer(), Counted)
        .await
        .unwrap();
    for member in &mut members {
        assert_eq!(member.next::<Counted>().await, Counted);
    }
    assert_eq!(COUNTED.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_event_to_several_groups_overtakes_nothing_in_any_of_them() {
    let (_bus, one, two) = nodes();
    let mut ben = client(&two).await;
    let room = "slow".to_owned();
    assert_eq!(ben.request::<Done>(Join { room }).await, Ok(Done));
    // So many that some of them are handled beside the slow one.
    let mut others = Vec::new();
    let mut groups = Vec::new();
    for number in 0..16 {
        let mut other = client(&two).await;
        let room = number.to_string();
        groups.push(Room::group(&room));
        assert_eq!(other.request::<Done>(Join { room }).await, Ok(Done));
        others.push(other);
    }
    groups.push(Room::group("slow"));
    let layer = one.realtime.layer();
    Room::group("slow").send(&layer, Slow).await.unwrap();
    Group::send_all(&groups, &layer, said("to all"))
        .await
        .unwrap();
    let nexts = others
        .iter_mut()
        .map(|other| Box::pin(other.next::<Said>()));
    let (first, index, _) = select_all(nexts).await;
    assert_eq!(first, said("to all"));
    GATE.add_permits(1);
    assert_eq!(ben.next::<Slow>().await, Slow);
    assert_eq!(ben.next::<Said>().await, said("to all"));
    drop(others.remove(index));
    for other in &mut others {
        assert_eq!(other.next::<Said>().await, said("to all"));
    }
    ben.assert_silent();
}

/// A bus that never says whether it has taken something.
#[derive(Debug)]
struct Silent;

impl Broker for Silent {
    fn start(&self, _: Inbox) {}

    fn publish(&self, _: &str, _: Bytes) -> BrokerFuture<'_> {
        Box::pin(std::future::pending())
    }

    fn subscribe(&self, _: &str) -> BrokerFuture<'_> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn unsubscribe(&self, _: &str) {}

    fn health(&self) -> Health {
        Health::Up
    }
}

#[tokio::test]
async fn what_is_handed_over_reaches_members_of_here_however_long_the_bus_takes() {
    let builder = Realtime::builder().consumer::<Room>("/ws");
    let realtime = builder.layer(Silent).build().unwrap();
    let app = TestApp::new(&realtime);
    let mut ann = app.connect("/ws").await.unwrap();
    let layer = realtime.layer();
    for text in ["first", "second"] {
        Room::group("all").try_publish(&layer, said(text)).unwrap();
    }
    for text in ["first", "second"] {
        assert_eq!(ann.next::<Said>().await, said(text));
    }
}

#[test]
fn without_a_runtime_who_hands_something_over_is_told_that_nobody_publishes_it() {
    let builder = Realtime::builder().consumer::<Room>("/ws");
    let realtime = builder.layer(MemoryBus::new().connect()).build().unwrap();
    let handed = Room::group("all").try_publish(&realtime.layer(), said("nobody"));
    assert_eq!(handed, Err(PublishError::Unavailable));
}
