//! Two nodes of one application, on a bus within this process.
#![allow(missing_docs, missing_debug_implementations)]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use futures_util::future::select_all;
use http::request::Parts;
use realtime_runtime::{MemoryBus, PublishError, prelude::*};
use realtime_testing::{Communicator, TestApp};
use tokio::sync::Semaphore;

#[message(action = "say")]
pub struct Say {
    pub room: String,
    pub text: String,
}

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

/// What each member answers for itself.
#[message(action = "nudge")]
pub struct Nudge {
    pub text: String,
}

#[message(action = "nudged")]
pub struct Nudged {
    pub text: String,
}

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

/// Everybody is ann.
pub struct Ann;

impl<S: Sync> Authenticator<S> for Ann {
    type Identity = ();

    async fn authenticate(_: &mut Parts, _: &S) -> Result<(), Reject> {
        Ok(())
    }

    fn user((): &()) -> Option<String> {
        Some("ann".to_owned())
    }
}

#[consumer(auth = Ann, state = Last)]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        *cx.state().lock().unwrap() = Some(cx.address());
        cx.join(&Self::group("all")).await?;
        Ok(Self)
    }

    #[ws_handler]
    async fn say(&mut self, message: Say, cx: &mut Context<'_, Self>) -> Result<Done, Error> {
        let Say { room, text } = message;
        Self::group(&room).send(cx, Said { text }).await?;
        Ok(Done)
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

    #[event_handler]
    async fn nudged(&mut self, event: &Nudge) -> Nudged {
        let text = event.text.clone();
        Nudged { text }
    }
}

/// The address of the last connection.
type Last = Arc<Mutex<Option<Address<Room>>>>;

struct Node {
    last: Last,
    realtime: Realtime,
    app: TestApp,
}

fn node(bus: &MemoryBus) -> Node {
    let last = Last::default();
    let builder = Realtime::builder().state(Arc::clone(&last));
    let builder = builder.consumer::<Room>("/ws");
    let realtime = builder.layer(bus.connect()).build().unwrap();
    let app = TestApp::new(&realtime);
    Node {
        last,
        realtime,
        app,
    }
}

fn nodes() -> (MemoryBus, Node, Node) {
    let bus = MemoryBus::new();
    let (one, two) = (node(&bus), node(&bus));
    (bus, one, two)
}

async fn client(node: &Node) -> Communicator {
    node.app.connect("/ws").await.unwrap()
}

fn say(room: &str, text: &str) -> Say {
    Say {
        room: room.to_owned(),
        text: text.to_owned(),
    }
}

fn said(text: &str) -> Said {
    let text = text.to_owned();
    Said { text }
}

#[tokio::test]
async fn members_of_all_nodes_hear_an_event_once() {
    let (_bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let mut ben = client(&two).await;
    for text in ["first", "second"] {
        assert_eq!(ann.request::<Done>(say("all", text)).await, Ok(Done));
        ann.expect_eq(&said(text));
        assert_eq!(ben.next::<Said>().await, said(text));
    }
    // What comes back from the bus is of this node, and was delivered.
    one.app.settled().await;
    ann.assert_silent();
}

#[tokio::test]
async fn events_arrive_in_the_order_of_their_publisher() {
    let (_bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let mut ben = client(&two).await;
    for number in 0..500 {
        let text = number.to_string();
        ann.send(say("all", &text)).await;
        ann.drain();
        assert_eq!(ben.next::<Said>().await, Said { text });
        one.app.advance(std::time::Duration::from_millis(5)).await;
    }
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
async fn an_event_to_several_groups_reaches_a_connection_in_two_of_them_once() {
    let (_bus, one, two) = nodes();
    let _ann = client(&one).await;
    let mut ben = client(&two).await;
    let room = "a".to_owned();
    assert_eq!(ben.request::<Done>(Join { room }).await, Ok(Done));
    let groups = [Room::group("all"), Room::group("a")];
    let layer = one.realtime.layer();
    Group::send_all(&groups, &layer, said("once"))
        .await
        .unwrap();
    Room::group("a").send(&layer, said("last")).await.unwrap();
    assert_eq!(ben.next::<Said>().await, said("once"));
    assert_eq!(ben.next::<Said>().await, said("last"));
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

#[tokio::test]
async fn handlers_with_self_run_for_each_member_on_its_own_node() {
    let (_bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let mut ben = client(&two).await;
    let text = "up".to_owned();
    let layer = one.realtime.layer();
    Room::group("all")
        .send(&layer, Nudge { text })
        .await
        .unwrap();
    for member in [&mut ann, &mut ben] {
        assert_eq!(member.next::<Nudged>().await.text, "up");
    }
}

#[tokio::test]
async fn members_of_ones_own_node_are_served_with_the_bus_down_and_the_publisher_is_told() {
    let (bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let mut ben = client(&two).await;
    bus.fail();
    for member in [&mut ann, &mut ben] {
        assert_eq!(member.next_frame().await.unwrap()["action"], "gap");
    }
    let layer = one.realtime.layer();
    let all = Room::group("all");
    let sent = all.send(&layer, said("here")).await;
    assert_eq!(sent, Err(PublishError::Unavailable));
    assert_eq!(ann.next::<Said>().await, said("here"));
    bus.heal();
    for member in [&mut ann, &mut ben] {
        assert_eq!(member.next_frame().await.unwrap()["action"], "gap");
    }
    all.send(&layer, said("everywhere")).await.unwrap();
    assert_eq!(ann.next::<Said>().await, said("everywhere"));
    assert_eq!(ben.next::<Said>().await, said("everywhere"));
}

#[tokio::test]
async fn who_is_kicked_on_one_node_is_closed_on_all() {
    let (_bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let mut elsewhere = client(&two).await;
    let target = Target::user("ann");
    assert_eq!(
        two.realtime.kick(target, CloseCode::UNAUTHENTICATED, "out"),
        1
    );
    for member in [&mut ann, &mut elsewhere] {
        member.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn an_address_reaches_its_connection_from_another_node() {
    let (_bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let mut ben = client(&two).await;
    let address = Arc::clone(&one.last);
    let address = address.lock().unwrap().unwrap();
    let text = "you".to_owned();
    let layer = two.realtime.layer();
    address.send(&layer, Nudge { text }).await.unwrap();
    assert_eq!(ann.next::<Nudged>().await.text, "you");
    let all = Room::group("all");
    all.send(&layer, said("all")).await.unwrap();
    // What comes next is for all.
    assert_eq!(ben.next::<Said>().await, said("all"));
    assert_eq!(ann.next::<Said>().await, said("all"));
}

#[tokio::test]
async fn what_cannot_be_read_is_skipped_and_closes_nothing() {
    let (bus, one, two) = nodes();
    let mut ann = client(&one).await;
    let _ben = client(&two).await;
    let topic = "g.room/room/all";
    for message in [
        "",
        "{",
        "\u{0}",
        r#"{"v":9}"#,
        r#"{"v":1,"from":"x","id":1,"consumer":"room","to":["room/room/all"],"event":{"action":"nobody"}}"#,
        r#"{"v":1,"from":"x","id":2,"consumer":"room","to":["room/room/all"],"event":{"action":"said","payload":{}}}"#,
        r#"{"v":1,"from":"x","id":3,"consumer":"other","to":["room/room/all"],"event":{"action":"said","payload":{"text":"x"}}}"#,
    ] {
        bus.inject(topic, &Bytes::from_static(message.as_bytes()));
    }
    let layer = two.realtime.layer();
    Room::group("all").send(&layer, said("fine")).await.unwrap();
    assert_eq!(ann.next::<Said>().await, said("fine"));
}
