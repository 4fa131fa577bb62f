//! Handlers that several consumers share, events that are passed on, groups that are joined on connect, permissions of
//! handlers.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;
use serde_json::{Value, json};

/// What several consumers have in common.
mod shared {
    use super::{
        Arc, AtomicUsize, Consumer, Context, Error, Ordering, OwnedContext, event_handler, message,
        ws_handler,
    };

    /// Asks whether somebody is there.
    #[message(action = "ping")]
    pub struct Ping;

    /// Somebody is there.
    #[message(action = "pong")]
    pub struct Pong;

    #[message(action = "who_am_i")]
    pub struct WhoAmI;

    #[message(action = "you_are")]
    pub struct YouAre {
        pub name: String,
        pub asked: usize,
    }

    #[message(action = "later")]
    pub struct Later;

    #[message(action = "notice")]
    pub struct Notice {
        pub text: String,
    }

    #[message(action = "nudge")]
    pub struct Nudge;

    #[message(action = "nudged")]
    pub struct Nudged {
        pub name: String,
    }

    /// Has a name.
    pub trait Named {
        fn name(&self) -> &str;
        fn asked(&self) -> &AtomicUsize;
    }

    /// Answers.
    #[ws_handler(shared, tags("common"))]
    pub async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler(shared)]
    pub async fn who_am_i<C: Consumer + Named>(
        consumer: &mut C,
        _: WhoAmI,
        cx: &mut Context<'_, C>,
    ) -> Result<YouAre, Error> {
        let _ = cx.connection_id();
        let asked = consumer.asked().fetch_add(1, Ordering::Relaxed);
        let name = consumer.name().to_owned();
        Ok(YouAre { name, asked })
    }

    #[ws_handler(shared, spawn)]
    pub async fn later<C>(_: Later, cx: OwnedContext<C>) -> Pong
    where
        C: Consumer<State = Arc<AtomicUsize>>,
    {
        cx.state().fetch_add(1, Ordering::Relaxed);
        Pong
    }

    /// Something that everybody should know.
    #[event_handler(shared)]
    pub async fn notice(event: &Notice) -> Notice {
        event.clone()
    }

    #[event_handler(shared)]
    pub async fn nudge<C: Consumer + Named>(consumer: &mut C, _: &Nudge) -> Nudged {
        let name = consumer.name().to_owned();
        Nudged { name }
    }
}

use shared::{Later, Notice, Nudge, Nudged, Ping, Pong, WhoAmI, YouAre};

/// An event that is passed on.
#[message(action = "moved")]
pub struct Moved {
    pub to: u32,
}

/// An event that `forward` names, and that has a handler all the same.
#[message(action = "renamed")]
pub struct Renamed {
    pub name: String,
}

#[message(action = "title")]
pub struct Title {
    pub title: String,
}

#[message(action = "delete")]
pub struct Delete {
    pub note: u32,
}

#[message(action = "deleted")]
pub struct Deleted {
    pub left: usize,
}

#[message(action = "audit")]
pub struct Audit;

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct RoomPath {
    room: String,
}

pub struct Room {
    asked: AtomicUsize,
    notes: Vec<u32>,
}

/// A note that the client may delete, and its place.
pub struct OwnNote(usize);

impl HandlerPermission<Room, Delete> for OwnNote {
    type Granted = Self;

    async fn check(message: &Delete, cx: &mut Context<'_, Room>) -> Result<Self, Error> {
        cx.state().fetch_add(1, Ordering::Relaxed);
        if message.note > 9 {
            return Err(Error::forbidden());
        }
        message
            .note
            .checked_sub(1)
            .map(|place| Self(place as usize))
            .ok_or_else(|| Error::client("not_found", "There is no such note."))
    }
}

/// Nobody.
pub struct Nobody;

impl HandlerPermission<Room, Audit> for Nobody {
    type Granted = ();

    async fn check(_: &Audit, _: &mut Context<'_, Room>) -> Result<(), Error> {
        Err(std::io::Error::other("the secret cause").into())
    }
}

impl shared::Named for Room {
    fn name(&self) -> &'static str {
        "room"
    }

    fn asked(&self) -> &AtomicUsize {
        &self.asked
    }
}

#[consumer(
    state = Arc<AtomicUsize>,
    path = RoomPath,
    groups("everybody", ["room", &cx.path().room]),
    forward(Moved, Renamed),
    ws_handlers(shared::ping, shared::who_am_i, shared::later),
    event_handlers(shared::notice, shared::nudge),
)]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self {
            asked: AtomicUsize::new(0),
            notes: vec![1, 2, 3],
        })
    }

    /// Deletes a note.
    ///
    /// Of one's own.
    #[deprecated]
    #[ws_handler(permission = OwnNote, summary = "Removes a note.", tags("notes", "writing"))]
    async fn delete(&mut self, _: Delete, note: OwnNote, cx: &mut Context<'_, Self>) -> Deleted {
        let _ = cx.reference();
        self.notes.remove(note.0);
        let left = self.notes.len();
        Deleted { left }
    }

    #[ws_handler(permission = Nobody, hidden)]
    async fn audit(&mut self, _: Audit) {
        self.notes.clear();
    }

    #[event_handler]
    async fn renamed(event: &Renamed) -> Title {
        let title = event.name.to_uppercase();
        Title { title }
    }
}

pub struct Lobby(AtomicUsize);

impl shared::Named for Lobby {
    fn name(&self) -> &'static str {
        "lobby"
    }

    fn asked(&self) -> &AtomicUsize {
        &self.0
    }
}

#[consumer(
    groups("everybody"),
    ws_handlers(shared::ping, shared::who_am_i),
    event_handlers(shared::nudge)
)]
impl Lobby {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self(AtomicUsize::new(0)))
    }
}

fn builder() -> RealtimeBuilder {
    Realtime::builder()
        .consumer::<Room>("/ws/rooms/{room}")
        .consumer::<Lobby>("/ws/lobby")
}

fn app() -> (TestApp, ChannelLayer, Arc<AtomicUsize>) {
    let state = Arc::new(AtomicUsize::new(0));
    let realtime = builder().state(Arc::clone(&state)).build().unwrap();
    (TestApp::new(realtime.clone()), realtime.layer(), state)
}

#[tokio::test]
async fn a_shared_handler_is_one_of_each_consumer_that_names_it() {
    let (app, ..) = app();
    for path in ["/ws/rooms/1", "/ws/lobby"] {
        let mut client = app.connect(path).await.unwrap();
        client.send_with_ref(Ping, 3).await;
        assert_eq!(client.frames(), [json!({"action": "pong", "ref": 3})]);
    }
}

#[tokio::test]
async fn a_shared_handler_sees_the_consumer_through_a_trait() {
    let (app, ..) = app();
    let mut room = app.connect("/ws/rooms/1").await.unwrap();
    room.send(WhoAmI).await;
    room.send(WhoAmI).await;
    let you_are = |name: &str, asked| YouAre {
        name: name.to_owned(),
        asked,
    };
    assert_eq!(
        room.messages::<YouAre>(),
        [you_are("room", 0), you_are("room", 1)]
    );
    let mut lobby = app.connect("/ws/lobby").await.unwrap();
    lobby.send(WhoAmI).await;
    assert_eq!(lobby.messages::<YouAre>(), [you_are("lobby", 0)]);
}

#[tokio::test]
async fn a_shared_handler_may_run_beside_others() {
    let (app, _, state) = app();
    let mut room = app.connect("/ws/rooms/1").await.unwrap();
    room.send(Later).await;
    assert_eq!(room.messages::<Pong>(), [Pong]);
    assert_eq!(state.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn shared_handlers_of_events_run_once_or_for_each_member() {
    let (app, layer, _) = app();
    let mut room = app.connect("/ws/rooms/1").await.unwrap();
    let mut lobby = app.connect("/ws/lobby").await.unwrap();
    let notice = Notice {
        text: "Listen.".to_owned(),
    };
    Group::<Room>::new(["everybody"])
        .send(&layer, notice.clone())
        .await
        .unwrap();
    Group::<Lobby>::new(["everybody"])
        .send(&layer, Nudge)
        .await
        .unwrap();
    Group::<Room>::new(["everybody"])
        .send(&layer, Nudge)
        .await
        .unwrap();
    let nudged = |name: &str| Nudged {
        name: name.to_owned(),
    };
    assert_eq!(room.next::<Notice>().await, notice);
    assert_eq!(room.next::<Nudged>().await, nudged("room"));
    assert_eq!(lobby.next::<Nudged>().await, nudged("lobby"));
}

#[tokio::test]
async fn groups_are_joined_on_connect() {
    let (app, layer, _) = app();
    let mut one = app.connect("/ws/rooms/1").await.unwrap();
    let mut two = app.connect("/ws/rooms/2").await.unwrap();
    let sent = Group::<Room>::new(["room", "1"]).send(&layer, Moved { to: 4 });
    sent.await.unwrap();
    assert_eq!(one.next::<Moved>().await, Moved { to: 4 });
    // What the other would have got is written before this.
    two.send(Ping).await;
    assert_eq!(two.expect::<Pong>(), Pong);
}

#[tokio::test]
async fn a_forwarded_event_is_passed_on_and_a_handler_of_its_own_wins() {
    let (app, layer, _) = app();
    let mut client = app.connect("/ws/rooms/1").await.unwrap();
    let everybody = Group::<Room>::new(["everybody"]);
    let name = "attic".to_owned();
    everybody.send(&layer, Moved { to: 4 }).await.unwrap();
    everybody.send(&layer, Renamed { name }).await.unwrap();
    assert_eq!(client.next::<Moved>().await, Moved { to: 4 });
    let title = "ATTIC".to_owned();
    assert_eq!(client.next::<Title>().await, Title { title });
}

#[tokio::test]
async fn a_handler_takes_what_its_permission_has_loaded() {
    let (app, ..) = app();
    let mut client = app.connect("/ws/rooms/1").await.unwrap();
    client.send(Delete { note: 2 }).await;
    assert_eq!(client.messages::<Deleted>(), [Deleted { left: 2 }]);
}

#[tokio::test]
async fn a_permission_that_refuses_keeps_the_handler_from_running() {
    let (app, _, checked) = app();
    let mut client = app.connect("/ws/rooms/1").await.unwrap();
    for (note, code) in [(10, "forbidden"), (0, "not_found")] {
        client.send_with_ref(Delete { note }, note).await;
        let frames = client.frames();
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0]["payload"]["code"], code);
        assert_eq!(frames[0]["ref"], note);
    }
    assert_eq!(checked.load(Ordering::Relaxed), 2);
    client.send(Delete { note: 1 }).await;
    assert_eq!(client.messages::<Deleted>(), [Deleted { left: 2 }]);
}

#[tokio::test]
async fn a_permission_that_breaks_refuses_and_says_nothing_of_the_cause() {
    let (app, ..) = app();
    let mut client = app.connect("/ws/rooms/1").await.unwrap();
    client.send(Audit).await;
    let frames = client.frames();
    assert_eq!(frames[0]["payload"]["code"], "internal");
    assert!(!frames[0].to_string().contains("secret"));
}

fn document() -> Value {
    serde_json::to_value(builder().asyncapi().unwrap()).unwrap()
}

#[test]
fn the_document_has_shared_handlers_under_each_consumer() {
    let document = document();
    for operation in ["roomOnPing", "lobbyOnPing"] {
        let operation = &document["operations"][operation];
        assert_eq!(operation["summary"], "Answers.");
        assert_eq!(operation["tags"], json!([{"name": "common"}]));
    }
    assert_eq!(
        document["operations"]["roomPushNotice"]["summary"],
        "Something that everybody should know."
    );
}

#[test]
fn the_document_has_what_is_forwarded() {
    let operation = &document()["operations"]["roomPushMoved"];
    assert_eq!(operation["action"], "send");
    assert!(
        document()["operations"]["roomPushRenamed"]["messages"][0]["$ref"]
            .as_str()
            .unwrap()
            .ends_with("/title")
    );
}

#[test]
fn the_document_says_what_a_handlers_attribute_says() {
    let document = document();
    let operation = &document["operations"]["roomOnDelete"];
    assert_eq!(operation["summary"], "Removes a note.");
    assert_eq!(operation["description"], "Of one's own.");
    assert_eq!(
        operation["tags"],
        json!([{"name": "notes"}, {"name": "writing"}])
    );
    assert_eq!(operation["x-deprecated"], true);
    let message = &document["components"]["messages"]["delete"];
    assert_eq!(message["payload"]["deprecated"], true);
}

#[test]
fn what_is_hidden_is_not_in_the_document() {
    assert!(!document().to_string().contains("audit"));
}
