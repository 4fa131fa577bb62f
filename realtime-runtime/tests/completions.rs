//! Frames that tell a client that all that it caused is done. In memory and over TCP.
#![allow(missing_docs, missing_debug_implementations)]

mod raw;
mod support;

use std::sync::Arc;

use raw::{Server, text};
use realtime_runtime::prelude::*;
use realtime_testing::{Communicator, TestApp};
use serde_json::{Value, json};
use support::{Fail, Greet, Greeting, Panic, Ping, Pong, Shouted, Wait, both_ways};
use tokio::sync::Notify;

/// Has everybody greeted, one after the other, by name.
#[message(action = "round")]
struct Round {
    names: Vec<String>,
}

#[message(action = "quiet")]
struct Quiet;

/// What nobody answers.
#[message(action = "note")]
struct Note {
    fails: bool,
}

/// Closes from within a handler.
#[message(action = "bye")]
struct Bye;

#[derive(Clone, Default)]
struct Gate {
    entered: Arc<Notify>,
    open: Arc<Notify>,
}

struct Telling {
    me: Address<Self>,
}

#[consumer(state = Gate, completions, output(Pong))]
impl Telling {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&Group::new(["all"])).await?;
        Ok(Self { me: cx.address() })
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn quiet(_: Quiet) {}

    #[ws_handler]
    async fn panic(_: Panic) {
        panic!("as it was asked to");
    }

    #[ws_handler]
    async fn fail(_: Fail) -> Result<Pong, Error> {
        Err(Error::client("no", "It does not work."))
    }

    #[ws_handler]
    async fn shout(&mut self, message: Shouted, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        Group::<Self>::new(["all"]).send(cx, message).await?;
        Ok(Pong)
    }

    #[ws_handler]
    async fn round(&mut self, message: Round, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        for name in message.names {
            Group::<Self>::new(["all"]).send(cx, Greet { name }).await?;
        }
        Ok(Pong)
    }

    #[ws_handler]
    async fn note(&mut self, message: Note, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        self.me.send(cx, message).await?;
        Ok(())
    }

    #[ws_handler]
    async fn wait(&mut self, _: Wait, cx: &mut Context<'_, Self>) {
        // What a task of its own does for the frame is part of what the frame causes.
        let gate = cx.state().clone();
        let (layer, me) = (cx.layer().clone(), self.me);
        tokio::spawn(realtime_runtime::cause::carry(async move {
            gate.entered.notify_one();
            gate.open.notified().await;
            let text = "later".to_owned();
            me.send(&layer, Shouted { text }).await.unwrap();
        }));
    }

    #[ws_handler]
    async fn bye(&mut self, _: Bye, cx: &mut Context<'_, Self>) -> Pong {
        cx.close(CloseCode::FORBIDDEN, "enough");
        Pong
    }

    #[event_handler]
    async fn shouted(event: &Shouted) -> Shouted {
        event.clone()
    }

    #[event_handler]
    async fn greeted(&mut self, event: &Greet) -> Greeting {
        Greeting {
            text: event.name.clone(),
        }
    }

    #[event_handler]
    async fn noted(&mut self, event: &Note) -> Result<(), Error> {
        if event.fails {
            return Err(Error::client("no", "It does not work."));
        }
        Ok(())
    }
}

#[message(type = "hello")]
struct Hello;
#[message(type = "hello_back")]
struct HelloBack;

struct Flat;

#[consumer(tag = "type", completions)]
impl Flat {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn hello(_: Hello) -> HelloBack {
        HelloBack
    }
}

fn telling() -> (Realtime, Gate) {
    let gate = Gate::default();
    let builder = Realtime::builder()
        .state(gate.clone())
        .consumer::<Telling>("/ws")
        .consumer::<Flat>("/flat");
    (builder.build().unwrap(), gate)
}

fn both() -> [TestApp; 2] {
    [
        TestApp::new(telling().0),
        TestApp::new(telling().0).over_tcp(),
    ]
}

/// Sends a frame; returns what came back, once all is done.
async fn answers(client: &mut Communicator, frame: Value) -> Vec<Value> {
    client.send_raw(frame.to_string()).await;
    client.frames()
}

fn complete(reference: impl Into<Value>) -> Value {
    json!({"action": "complete", "ref": reference.into()})
}

#[tokio::test]
async fn complete_follows_the_reply_with_its_ref() {
    for app in both() {
        let mut client = app.connect("/ws").await.unwrap();
        assert_eq!(
            answers(&mut client, json!({"action": "ping", "ref": 7})).await,
            [json!({"action": "pong", "ref": 7}), complete(7)]
        );
        assert_eq!(
            answers(&mut client, json!({"action": "quiet", "ref": "q"})).await,
            [complete("q")]
        );
        assert_eq!(
            answers(&mut client, json!({"action": "quiet"})).await,
            [json!({"action": "complete"})]
        );
    }
}

#[tokio::test]
async fn complete_follows_an_error_too() {
    for app in both() {
        app.expect_panics();
        let mut client = app.connect("/ws").await.unwrap();
        for (frame, code) in [
            (json!({"action": "fail", "ref": 1}), "no"),
            (json!({"action": "panic", "ref": 1}), "internal"),
            (json!({"action": "nothing", "ref": 1}), "unknown_action"),
            (
                json!({"action": "shout", "payload": 5, "ref": 1}),
                "unknown_action",
            ),
            (
                json!({"action": "shouted", "payload": 5, "ref": 1}),
                "invalid_payload",
            ),
            (json!({"ref": 1}), "missing_tag"),
        ] {
            let frames = answers(&mut client, frame).await;
            assert_eq!(frames.len(), 2, "{frames:?}");
            assert_eq!(frames[0]["payload"]["code"], code);
            assert_eq!(frames[1], complete(1));
        }
        client.send_raw("nonsense").await;
        assert_eq!(client.frames()[1], json!({"action": "complete"}));
        client.send_binary(b"nonsense".to_vec()).await;
        assert_eq!(client.frames()[1], json!({"action": "complete"}));
    }
}

#[tokio::test]
async fn group_complete_follows_a_group_message_and_complete_comes_last() {
    for app in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        let shout = json!({"action": "shouted", "payload": {"text": "hi"}, "ref": 1});
        let pushed = [
            json!({"action": "shouted", "payload": {"text": "hi"}}),
            json!({"action": "group_complete"}),
        ];
        let frames = answers(&mut alice, shout).await;
        assert_eq!(frames[..2], pushed);
        assert_eq!(
            frames[2..],
            [json!({"action": "pong", "ref": 1}), complete(1)]
        );
        assert_eq!(bob.frames(), pushed);
    }
}

#[tokio::test]
async fn event_complete_follows_each_event_that_a_member_handles() {
    for app in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        let round = json!({"action": "round", "payload": {"names": ["a", "b"]}, "ref": 1});
        let frames = answers(&mut alice, round).await;
        let greeting = |name| json!({"action": "greeting", "payload": {"text": name}});
        let done = json!({"action": "event_complete"});
        assert_eq!(frames[0], json!({"action": "pong", "ref": 1}));
        assert_eq!(frames[1..frames.len() - 1].len(), 4, "{frames:?}");
        assert_eq!(frames.last(), Some(&complete(1)));
        for name in ["a", "b"] {
            assert!(frames.contains(&greeting(name)));
        }
        let heard = bob.frames();
        assert_eq!(
            heard.iter().filter(|frame| **frame == done).count(),
            2,
            "{heard:?}"
        );
        assert_eq!(heard[0], greeting("a"));
        assert_eq!(heard.last(), Some(&done));
    }
}

#[tokio::test]
async fn event_complete_comes_also_when_the_handler_says_nothing_or_fails() {
    for app in both() {
        let mut client = app.connect("/ws").await.unwrap();
        for fails in [false, true] {
            let note = json!({"action": "note", "payload": {"fails": fails}, "ref": 1});
            assert_eq!(
                answers(&mut client, note).await,
                [json!({"action": "event_complete"}), complete(1)]
            );
        }
    }
}

#[tokio::test]
async fn a_flat_consumer_tells_it_flat() {
    for app in both() {
        let mut client = app.connect("/flat").await.unwrap();
        assert_eq!(
            answers(&mut client, json!({"type": "hello"})).await,
            [json!({"type": "hello_back"}), json!({"type": "complete"})]
        );
        assert_eq!(
            answers(&mut client, json!({"type": "hello", "ref": 2})).await,
            [
                json!({"type": "hello_back", "ref": 2}),
                json!({"type": "complete", "ref": 2})
            ]
        );
    }
}

#[tokio::test]
async fn who_did_not_ask_for_it_is_told_nothing() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        client.send(Ping).await;
        client.expect::<Pong>();
        client
            .send(support::Shout {
                text: "hi".into(),
                others_only: false,
            })
            .await;
        client.expect::<Shouted>();
        client.assert_silent();
    }
}

/// Without a test's own causes, as in production.
#[tokio::test]
async fn complete_waits_for_a_task_of_the_handler_and_a_later_frame_does_not_wait_for_it() {
    let (realtime, gate) = telling();
    let server = Server::new(&realtime).await;
    let mut client = server.client().await;
    client
        .sends(&text(r#"{"action":"wait","ref":"slow"}"#))
        .await;
    gate.entered.notified().await;
    client.sends(&text(r#"{"action":"quiet","ref":1}"#)).await;
    client.expect_text(r#"{"action":"complete","ref":1}"#).await;
    gate.open.notify_one();
    client
        .expect_text(r#"{"action":"shouted","payload":{"text":"later"}}"#)
        .await;
    client.expect_text(r#"{"action":"event_complete"}"#).await;
    client
        .expect_text(r#"{"action":"complete","ref":"slow"}"#)
        .await;
}

#[tokio::test]
async fn complete_comes_when_every_member_has_been_written_to() {
    let (realtime, _) = telling();
    let server = Server::new(&realtime).await;
    let mut alice = server.client().await;
    let bob = server.client().await;
    for number in 0..100 {
        let shout =
            format!(r#"{{"action":"shouted","payload":{{"text":"{number}"}},"ref":{number}}}"#);
        alice.sends(&text(&shout)).await;
        let last = format!(r#"{{"action":"complete","ref":{number}}}"#);
        while alice.next().await.1 != last.as_bytes() {}
        // It is there already: nothing is waited for.
        let mut bytes = [0; 200];
        let heard = bob.stream.try_read(&mut bytes);
        assert!(heard.is_ok_and(|count| count > 20), "{number}");
    }
}

#[tokio::test]
async fn a_member_that_reads_nothing_holds_complete_up_until_it_is_closed() {
    let (realtime, _) = telling();
    let server = Server::new(&realtime).await;
    let mut alice = server.client().await;
    let _deaf = server.client().await;
    let loud = "x".repeat(60_000);
    let mut completed = 0;
    for number in 0..300 {
        let shout =
            format!(r#"{{"action":"shouted","payload":{{"text":"{loud}"}},"ref":{number}}}"#);
        alice.sends(&text(&shout)).await;
        let reply = format!(r#"{{"action":"pong","ref":{number}}}"#);
        loop {
            let frame = alice.next().await.1;
            completed += usize::from(frame.starts_with(br#"{"action":"complete""#));
            if frame == reply.as_bytes() {
                break;
            }
        }
    }
    while completed < 300 {
        let frame = alice.next().await.1;
        completed += usize::from(frame.starts_with(br#"{"action":"complete""#));
    }
}

#[tokio::test]
async fn a_connection_that_ends_holds_nothing_up() {
    let (realtime, gate) = telling();
    let server = Server::new(&realtime).await;
    let mut alice = server.client().await;
    let mut bob = server.client().await;
    bob.sends(&text(r#"{"action":"wait"}"#)).await;
    gate.entered.notified().await;
    drop(bob);
    gate.open.notify_one();
    alice
        .sends(&text(
            r#"{"action":"round","payload":{"names":["a"]},"ref":1}"#,
        ))
        .await;
    while alice.next().await.1 != br#"{"action":"complete","ref":1}"# {}
    let mut carol = server.client().await;
    carol.sends(&text(r#"{"action":"bye","ref":1}"#)).await;
    carol.expect_text(r#"{"action":"pong","ref":1}"#).await;
    carol.expect_close(4403).await;
}
