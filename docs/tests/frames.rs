//! The frames that the wire protocol shows are what is sent.

#![allow(
    clippy::unused_async,
    reason = "a handler is async, whether it waits for something or not"
)]

use std::{fmt::Debug, str::FromStr};

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;

const WIRE: &str = include_str!("../src/wire.md");

#[message(action = "chat")]
struct Chat {
    text: String,
}

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[derive(Debug)]
struct Room {
    group: Group<Self>,
}

#[consumer(completions)]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let group = Group::new(["lobby"]);
        cx.join(&group).await?;
        Ok(Self { group })
    }

    #[ws_handler]
    async fn chat(&mut self, message: Chat, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        Ok(self.group.send(cx, message).await?)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        // To this connection alone.
        cx.address().send(cx, Ping).await?;
        Ok(Pong)
    }

    #[event_handler]
    async fn said(event: &Chat) -> Chat {
        event.clone()
    }

    #[event_handler]
    async fn pinged(&mut self, event: &Ping) -> Ping {
        event.clone()
    }
}

#[derive(Debug)]
struct Plain;

#[consumer]
impl Plain {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn chat(&mut self, _: Chat) {}
}

#[derive(Debug)]
struct Flat;

#[consumer(tag = "type")]
impl Flat {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn app() -> TestApp {
    let realtime = Realtime::builder()
        .consumer::<Plain>("/plain")
        .consumer::<Flat>("/flat")
        .consumer::<Room>("/room")
        .build();
    TestApp::new(realtime.unwrap())
}

/// The lines of the first block of JSON under a heading.
fn shown(heading: &str) -> Vec<&'static str> {
    let (_, below) = WIRE.split_once(heading).expect("the heading is there");
    let (_, block) = below.split_once("```json\n").expect("a block of JSON");
    let (block, _) = block.split_once("\n```").expect("the end of the block");
    block.lines().collect()
}

#[track_caller]
fn same<V: FromStr<Err: Debug> + PartialEq + Debug>(received: &[V], expected: &[&str]) {
    let expected: Vec<V> = expected
        .iter()
        .map(|frame| frame.parse().unwrap())
        .collect();
    assert_eq!(received, expected);
}

#[tokio::test]
async fn a_reply_carries_the_ref() {
    let [sent, replied] = shown("## `ref`")[..] else {
        panic!("a frame and its reply")
    };
    let mut client = app().connect("/plain").await.unwrap();
    client.send_raw(sent).await;
    same(&client.frames(), &[replied]);
}

#[tokio::test]
async fn errors_have_the_form_of_the_consumer() {
    let [adjacent, flat] = shown("### Errors")[..] else {
        panic!("one error of each form")
    };
    let app = app();
    let mut client = app.connect("/plain").await.unwrap();
    client
        .send_raw(r#"{"action":"chat","payload":{},"ref":7}"#)
        .await;
    same(&client.frames(), &[adjacent]);
    let mut client = app.connect("/flat").await.unwrap();
    client.send_raw(r#"{"type":"nothing","ref":7}"#).await;
    same(&client.frames(), &[flat]);
}

#[tokio::test]
async fn completion_frames_follow_what_they_speak_of() {
    let app = app();
    let mut alice = app.connect("/room").await.unwrap();
    let mut bob = app.connect("/room").await.unwrap();
    alice.send_with_ref(Chat { text: "hi".into() }, 1).await;
    let said = r#"{"action":"chat","payload":{"text":"hi"}}"#;
    let group_complete = r#"{"action":"group_complete"}"#;
    same(
        &alice.frames(),
        &[said, group_complete, r#"{"action":"complete","ref":1}"#],
    );
    same(&bob.frames(), &[said, group_complete]);

    alice.send_with_ref(Ping, 2).await;
    same(
        &alice.frames(),
        &[
            r#"{"action":"pong","ref":2}"#,
            r#"{"action":"ping"}"#,
            r#"{"action":"event_complete"}"#,
            r#"{"action":"complete","ref":2}"#,
        ],
    );

    alice.send_raw(r#"{"action":"nothing","ref":3}"#).await;
    let frames = alice.frames();
    same(&frames[1..], &[r#"{"action":"complete","ref":3}"#]);
    bob.assert_silent();
}
