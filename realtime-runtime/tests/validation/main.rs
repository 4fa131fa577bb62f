//! Rules on the fields of messages: on frames, and in the document.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

mod desk;

use std::sync::atomic::Ordering;

use desk::{Chat, Desk, Done, Flat, Handled, Trap};
use realtime_runtime::prelude::*;
use realtime_testing::{Communicator, TestApp};
use serde_json::{Value, json};

fn app() -> RealtimeBuilder {
    Realtime::builder()
        .state(Handled::default())
        .consumer::<Desk>("/desk")
        .consumer::<Flat>("/flat")
}

/// `Done` breaks its own rule, which the document shows.
fn test(app: RealtimeBuilder) -> TestApp {
    TestApp::new(app.build().unwrap()).without_document()
}

async fn connect(path: &str) -> Communicator {
    test(app()).connect(path).await.unwrap()
}

async fn answer(client: &mut Communicator, frame: &Value) -> Value {
    client.send_raw(frame.to_string()).await;
    let mut frames = client.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    frames.remove(0)
}

/// The bad fields of a message, with what is wrong with them.
async fn fields(client: &mut Communicator, frame: &Value) -> Value {
    let answer = answer(client, frame).await;
    let payload = answer.get("payload").unwrap_or(&answer);
    assert_eq!(payload["code"], "invalid_payload", "{frame}: {answer}");
    payload["fields"].clone()
}

/// The paths of the bad fields of a message.
async fn paths(client: &mut Communicator, frame: Value) -> Vec<String> {
    let fields = fields(client, &frame).await;
    let fields = fields.as_array().unwrap().iter();
    fields
        .map(|field| field["path"].as_str().unwrap().to_owned())
        .collect()
}

fn message(action: &str, payload: impl Into<Value>) -> Value {
    json!({"action": action, "payload": payload.into()})
}

#[tokio::test]
async fn what_breaks_rules_is_refused_before_the_handler_with_all_of_them() {
    for over_tcp in [false, true] {
        let handled = Handled::default();
        let builder = Realtime::builder().state(handled.clone());
        let app = test(builder.consumer::<Desk>("/desk"));
        let app = if over_tcp { app.over_tcp() } else { app };
        let mut client = app.connect("/desk").await.unwrap();
        let attachments = json!([{"fileName": "a"}, {"fileName": "", "keyWords": ["a", "long"]}]);
        let payload = json!({"text": "", "attachments": attachments, "urgency": 4});
        let expected = json!({"action": "error", "ref": "r", "payload": {
            "code": "invalid_payload",
            "detail": "The payload does not fit the message.",
            "fields": [
                {"path": "text", "message": "length is lower than 1"},
                {"path": "attachments[1].fileName", "message": "length is lower than 1"},
                {"path": "attachments[1].keyWords[1]", "message": "length is greater than 3"},
                {"path": "urgency", "message": "greater than 3"},
            ],
        }});
        for frame in [
            format!(r#"{{"action":"chat","ref":"r","payload":{payload}}}"#),
            format!(r#"{{"payload":{payload},"action":"chat","ref":"r"}}"#),
        ] {
            client.send_raw(frame).await;
            let mut refused = client.frames().remove(0);
            let fields = refused["payload"]["fields"].as_array_mut().unwrap();
            fields.sort_by_key(|field| field["path"].to_string());
            let mut expected = expected.clone();
            let fields = expected["payload"]["fields"].as_array_mut().unwrap();
            fields.sort_by_key(|field| field["path"].to_string());
            assert_eq!(refused, expected);
        }
        assert_eq!(handled.0.load(Ordering::SeqCst), 0);
        client
            .send_raw(message("chat", json!({"text": "hi"})).to_string())
            .await;
        assert_eq!(client.frames(), [message("done", json!({"text": ""}))]);
        assert_eq!(handled.0.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn rules_are_judged_only_where_all_fields_fit() {
    let mut client = connect("/desk").await;
    let frame = message("chat", json!({"text": "", "urgency": "high"}));
    assert_eq!(paths(&mut client, frame).await, ["urgency"]);
    let frame = message("chat", json!({"urgency": 4}));
    assert_eq!(paths(&mut client, frame).await, ["text"]);
}

#[tokio::test]
async fn paths_are_those_of_the_wire() {
    let mut client = connect("/desk").await;
    let frame = message(
        "order",
        json!({
            "shipTo": "far away", "c/o": "somebody", "in": "long", "first-name": "Alice",
            "byRoom": {"living_room": {"fileName": "", "keyWords": ["long"]}},
            "postCode": "Überall",
        }),
    );
    let mut found = paths(&mut client, frame).await;
    found.sort();
    assert_eq!(
        found,
        [
            "byRoom.living_room.fileName",
            "byRoom.living_room.keyWords[0]",
            "c/o",
            "first-name",
            "in",
            "postCode",
            "shipTo",
            "type",
        ]
    );
}

#[tokio::test]
async fn a_payload_that_is_no_object_has_paths_of_its_own() {
    let mut client = connect("/desk").await;
    assert_eq!(paths(&mut client, message("tags", json!([]))).await, [""]);
    let frame = message("tags", json!(["a", "", ""]));
    assert_eq!(paths(&mut client, frame).await, ["[1]", "[2]"]);
}

#[tokio::test]
async fn types_that_are_something_else_on_the_wire_have_paths_of_the_wire() {
    let mut client = connect("/desk").await;
    let frame = message("labels", json!({"allWords": ["a", "", "c", "d"]}));
    let mut found = paths(&mut client, frame).await;
    found.sort();
    assert_eq!(found, ["allWords", "allWords[1]"]);
    let frame = message("span", json!({"lineLength": 0}));
    assert_eq!(paths(&mut client, frame).await, ["lineLength"]);
}

#[tokio::test]
async fn a_message_may_be_judged_by_hand() {
    let mut client = connect("/desk").await;
    let frame = message("by_hand", json!({"odd": [1, 2, 3]}));
    assert_eq!(
        fields(&mut client, &frame).await,
        json!([{"path": "odd[1]", "message": "not odd"}])
    );
    let done = answer(&mut client, &message("by_hand", json!({"odd": [1]}))).await;
    assert_eq!(done["action"], "done");
}

#[tokio::test]
async fn a_rule_of_the_whole_message_has_no_path() {
    let mut client = connect("/desk").await;
    let frame = message("pair", json!({"one": 1, "two": 1}));
    assert_eq!(
        fields(&mut client, &frame).await,
        json!([{"path": "", "message": "the same twice"}])
    );
}

#[tokio::test]
async fn paths_in_an_enum_begin_with_its_payload() {
    let mut client = connect("/desk").await;
    let frame = message("push_back", json!({"newItem": ""}));
    assert_eq!(paths(&mut client, frame).await, ["newItem"]);
    let frame = message("rename", json!({"fileName": ""}));
    assert_eq!(paths(&mut client, frame).await, ["fileName"]);
    assert_eq!(paths(&mut client, message("retag", "")).await, [""]);
    let done = answer(&mut client, &json!({"action": "clear"})).await;
    assert_eq!(done["action"], "done");
}

#[tokio::test]
async fn paths_in_a_flat_message_begin_with_its_fields() {
    let mut client = connect("/flat").await;
    let frame = json!({"type": "seek", "pageSize": 0, "near": {"fileName": ""}});
    let mut found = paths(&mut client, frame).await;
    found.sort();
    assert_eq!(found, ["near.fileName", "pageSize"]);
    let frame = json!({"type": "to", "leftEdge": 0});
    assert_eq!(paths(&mut client, frame).await, ["leftEdge"]);
    let frame = json!({"fileName": "", "type": "by"});
    assert_eq!(paths(&mut client, frame).await, ["fileName"]);
    let found = answer(&mut client, &json!({"type": "to", "leftEdge": 1})).await;
    assert_eq!(found["type"], "found");
}

#[tokio::test]
async fn an_answer_names_so_many_broken_rules_and_no_more() {
    let mut client = connect("/desk").await;
    let tags = vec![""; 1000];
    assert_eq!(paths(&mut client, message("tags", tags)).await.len(), 32);
    let rooms: Value = (0..3)
        .map(|room| {
            (
                format!("{room}{}", "x".repeat(10_000)),
                json!({"fileName": ""}),
            )
        })
        .collect();
    let payload = json!({"shipTo": "", "type": 1, "first-name": "", "byRoom": rooms});
    for path in paths(&mut client, message("order", payload)).await {
        assert!(path.starts_with("byRoom."), "{path}");
        assert!(path.len() < 300, "{}", path.len());
    }
}

#[tokio::test]
async fn a_rule_that_panics_is_an_internal_error() {
    let mut client = connect("/desk").await;
    client.expect_panics();
    let mut frame = message("trap", json!({"text": "x"}));
    frame["ref"] = json!(7);
    let answer = answer(&mut client, &frame).await;
    assert_eq!(answer["payload"]["code"], "internal");
    assert_eq!(answer["ref"], 7);
    assert!(!answer.to_string().contains("secret"));
    client
        .send(Trap {
            text: String::new(),
        })
        .await;
    client.expect::<Done>();
}

#[tokio::test]
async fn rules_are_for_what_is_received() {
    let mut client = connect("/desk").await;
    client
        .send(Chat {
            text: "hi".to_owned(),
            attachments: Vec::new(),
            urgency: 0,
            loud: false,
        })
        .await;
    // The text of `Done` is shorter than its rule allows.
    assert_eq!(client.expect::<Done>(), Done::now());
}

#[test]
fn rules_are_in_the_document() {
    #[message(action = "sign_up")]
    struct SignUp {
        #[garde(length(min = 3, max = 20), ascii)]
        name: String,
        #[garde(email)]
        email: String,
        #[garde(url)]
        page: String,
        #[garde(pattern("^[A-Z]+$"))]
        code: String,
        #[garde(contains("@"))]
        handle: String,
        #[garde(range(min = 18, max = 150))]
        age: u8,
        #[garde(required)]
        country: Option<String>,
        #[garde(length(max = 5), inner(length(min = 1)))]
        tags: Vec<String>,
        #[garde(length(chars, min = 2))]
        motto: String,
    }

    struct Door;

    #[consumer]
    impl Door {
        #[on_connect]
        async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
            Ok(Self)
        }

        #[ws_handler]
        async fn sign_up(_: SignUp) {}
    }

    let builder = Realtime::builder().consumer::<Door>("/ws");
    let document = builder.asyncapi().unwrap().to_value();
    let schema = &document["components"]["schemas"]["SignUp"];
    insta::assert_json_snapshot!(schema);
}
