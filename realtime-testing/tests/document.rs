//! The document, held against what a server really sends.
#![allow(missing_docs, missing_debug_implementations)]

use futures_util::{Stream, stream};
use realtime_asyncapi::Document;
use realtime_runtime::{prelude::*, schemars::JsonSchema, serde::Deserialize};
use realtime_testing::{Replayed, TestApp, assert_asyncapi};
use serde_json::{Value, json};

#[message(action = "lie")]
pub struct Lie;

/// Says that it is a word.
#[message(action = "number")]
pub struct Number {
    #[schemars(with = "String")]
    value: u32,
}

#[message(action = "ask")]
#[example(Ask { number: 3 })]
#[example("Refused", Ask { number: 0 })]
pub struct Ask {
    number: u32,
}

#[message(action = "answer")]
pub struct Answer {
    number: u32,
}

#[message(action = "leave")]
pub struct Leave;

#[message(action = "count")]
pub struct Count;

#[message(action = "tick")]
pub struct Tick;

#[message(action = "nothing")]
pub struct Nothing;

pub struct Empty;

impl ClientError for Empty {
    fn codes() -> Vec<&'static str> {
        vec!["empty"]
    }

    fn into_error(self) -> Error {
        Error::client("empty", "Nothing is not a number.")
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
#[schemars(crate = "realtime_runtime::schemars")]
pub struct RoomPath {
    pub number: u32,
}

pub struct Room {
    room: Group<Self>,
}

#[consumer(path = RoomPath, groups("room"))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self {
            room: Group::new(["room"]),
        })
    }

    /// Sends everybody what its schema does not allow.
    #[ws_handler]
    async fn lie(&mut self, _: Lie, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        self.room.send(cx, Number { value: 7 }).await?;
        Ok(())
    }

    #[event_handler]
    async fn number(event: &Number) -> Number {
        event.clone()
    }

    #[ws_handler]
    async fn ask(Ask { number }: Ask) -> Result<Answer, Empty> {
        if number == 0 {
            return Err(Empty);
        }
        Ok(Answer { number })
    }

    #[ws_handler]
    async fn leave(&mut self, _: Leave, cx: &mut Context<'_, Self>) {
        if let Some(code) = CloseCode::application(4000) {
            cx.close(code, "so long");
        }
    }

    #[ws_handler]
    async fn nothing(_: Nothing) -> impl Stream<Item = Tick> + use<> {
        stream::empty()
    }

    #[ws_handler]
    async fn count(_: Count) -> impl Stream<Item = Tick> + use<> {
        stream::repeat(Tick)
    }
}

fn realtime() -> Realtime {
    let builder = Realtime::builder().consumer::<Room>("/ws/{number}");
    builder.build().unwrap()
}

fn document() -> Document {
    realtime().asyncapi().unwrap()
}

#[tokio::test]
#[should_panic(
    expected = "`number` does not fit its schema: /payload/value: 7 is not of type \"string\""
)]
async fn a_frame_that_the_document_does_not_declare_fails_the_test_that_caused_it() {
    let app = TestApp::new(realtime());
    let mut alice = app.connect("/ws/1").await.unwrap();
    alice.send(Lie).await;
}

#[tokio::test]
async fn it_fails_the_test_once() {
    let app = TestApp::new(realtime());
    let mut alice = app.connect("/ws/1").await.unwrap();
    let failed = tokio::spawn(async move {
        alice.send(Lie).await;
    });
    assert!(failed.await.is_err());
    let mut bob = app.connect("/ws/1").await.unwrap();
    bob.send(Ask { number: 1 }).await;
    assert_eq!(bob.expect::<Answer>(), Answer { number: 1 });
}

#[tokio::test]
#[should_panic(expected = "`room` was closed with 4000, which is not in its table of close codes")]
async fn a_close_code_that_the_document_does_not_declare_fails_the_test() {
    let app = TestApp::new(realtime());
    let mut alice = app.connect("/ws/1").await.unwrap();
    alice.send(Leave).await;
}

#[tokio::test]
async fn a_close_code_may_be_declared() {
    let code = CloseCode::application(4000).unwrap();
    let builder = Realtime::builder().consumer::<Room>("/ws/{number}");
    let builder = builder.close_code(code, "farewell", "All is said.", false);
    let app = TestApp::new(builder.build().unwrap());
    let mut alice = app.connect("/ws/1").await.unwrap();
    alice.send(Leave).await;
    assert_eq!(alice.assert_closed(code).await, "so long");
}

#[tokio::test]
async fn a_client_may_close_with_any_code() {
    let app = TestApp::new(realtime());
    let alice = app.connect("/ws/1").await.unwrap();
    alice
        .disconnect_with(CloseCode::application(4999).unwrap())
        .await;
}

#[tokio::test]
async fn without_the_document_anything_may_be_sent() {
    let app = TestApp::new(realtime()).without_document();
    let mut alice = app.connect("/ws/1").await.unwrap();
    alice.send(Lie).await;
    assert_eq!(alice.expect::<Number>(), Number { value: 7 });
}

#[tokio::test]
async fn what_no_test_has_seen_is_listed() {
    let app = TestApp::new(realtime());
    let mut alice = app.connect("/ws/1").await.unwrap();
    alice.send(Ask { number: 1 }).await;
    alice.send(Ask { number: 0 }).await;
    assert_eq!(
        app.unseen(),
        [
            "room: client → server: lie",
            "room: client → server: leave",
            "room: client → server: nothing",
            "room: client → server: count",
            "room: server → client: tick",
            "room: server → client: number",
            "room: server → client: gap",
        ]
    );
}

/// The document of all but what lies and leaves.
fn honest(keep: impl Fn(&str) -> bool) -> Document {
    let mut document = document();
    document.operations.retain(|key, _| keep(key));
    document
}

fn edited(document: &Document, edit: impl FnOnce(&mut Value)) -> Document {
    let mut value = document.to_value();
    edit(&mut value);
    Document::from_json(&value.to_string()).unwrap()
}

#[tokio::test]
async fn every_example_is_sent_and_answered() {
    let app = TestApp::new(realtime()).over_tcp();
    let document = honest(|key| !["onLie", "onLeave"].contains(&key));
    let Replayed {
        sent,
        answers,
        without_example,
        ..
    } = app.contract(&document).parameter("number", "5").await;
    assert_eq!((sent, answers), (4, 3));
    assert!(without_example.is_empty(), "{without_example:?}");
}

#[tokio::test]
async fn a_stream_that_ends_at_once_is_no_answer_missing() {
    let app = TestApp::new(realtime());
    let document = honest(|key| key == "onNothing");
    let replayed = app.contract(&document).await;
    assert_eq!((replayed.sent, replayed.answers), (1, 0));
}

#[tokio::test]
async fn a_close_is_reported() {
    let app = TestApp::new(realtime()).without_document();
    let replayed = app.contract(&honest(|key| key == "onLeave")).await;
    assert_eq!((replayed.sent, replayed.closes), (1, 1));
}

#[tokio::test]
#[should_panic(expected = "7 is greater than the maximum of 5")]
async fn an_example_that_its_own_schema_forbids_is_told() {
    let app = TestApp::new(realtime());
    let document = edited(&honest(|key| key == "onAsk"), |document| {
        let ask = &mut document["components"]["messages"]["ask"];
        ask["payload"]["properties"]["payload"] =
            json!({"properties": {"number": {"type": "integer", "maximum": 5}}});
        ask["examples"][0]["payload"]["payload"]["number"] = 7.into();
    });
    app.contract(&document).await;
}

#[tokio::test]
#[should_panic(expected = "`number` does not fit its schema")]
async fn a_contract_that_is_broken_is_told() {
    let app = TestApp::new(realtime());
    app.contract(&honest(|key| key != "onLeave")).await;
}

#[tokio::test]
#[should_panic(expected = "answered with {\"action\":\"error\"")]
async fn an_answer_that_the_operation_does_not_declare_is_told() {
    let app = TestApp::new(realtime());
    let document = edited(&honest(|key| key == "onAsk"), |document| {
        let replies = &mut document["operations"]["onAsk"]["reply"]["messages"];
        replies.as_array_mut().unwrap().truncate(1);
    });
    app.contract(&document).await;
}

#[tokio::test]
#[should_panic(expected = "does not take its own example")]
async fn an_example_that_the_server_does_not_take_is_told() {
    let app = TestApp::new(realtime());
    let document = edited(&honest(|key| key == "onAsk"), |document| {
        let ask = &mut document["components"]["messages"]["ask"];
        ask["payload"]["properties"]["payload"] = json!({"type": "object"});
        ask["examples"][0]["payload"]["payload"]["number"] = "three".into();
    });
    app.contract(&document).await;
}

#[tokio::test]
#[should_panic(expected = "say who connects with `Contract::connecting`")]
async fn a_contract_with_whom_nobody_connects_says_so() {
    let app = TestApp::new(realtime());
    app.contract(&document()).parameter("number", "five").await;
}

#[test]
fn the_document_is_a_snapshot() {
    assert_asyncapi!(TestApp::new(realtime()));
    assert_asyncapi!("asyncapi", realtime());
}

#[test]
#[should_panic(expected = "give `TestApp::new` or `assert_asyncapi!` the `Realtime`")]
fn a_bare_router_has_no_document() {
    assert_asyncapi!(TestApp::new(realtime().router()));
}

/// A code that it does not name.
pub struct Secret;

impl ClientError for Secret {
    fn codes() -> Vec<&'static str> {
        vec!["open"]
    }

    fn into_error(self) -> Error {
        Error::client("secret", "Not told before.")
    }
}

pub struct Keeper;

#[consumer]
impl Keeper {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn lie(_: Lie) -> Result<(), Secret> {
        Err(Secret)
    }
}

#[tokio::test]
async fn an_error_code_that_is_not_named_is_a_panic_of_the_handler() {
    let builder = Realtime::builder().consumer::<Keeper>("/ws");
    let app = TestApp::new(builder.build().unwrap());
    app.expect_panics();
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send(Lie).await;
    assert_eq!(alice.frames()[0]["payload"]["code"], "internal");
    let panics = app.panics();
    assert!(
        panics[0]
            .message
            .contains("name it in `ClientError::codes`")
    );
}
