//! Whether frames are what a document declares.

mod zoo;

use realtime_asyncapi::{
    Document, document,
    frames::{Frames, Undeclared},
    model::Action,
};
use serde_json::{Value, json};

fn frames() -> Frames {
    let message = |tag: &str, payload: Value| {
        json!({
            "payload": {
                "type": "object",
                "properties": {"action": {"const": tag}, "payload": payload},
                "required": ["action", "payload"],
            },
            "examples": [{"payload": {"action": tag, "payload": {}}}],
        })
    };
    let document = json!({
        "asyncapi": "3.0.0",
        "info": {"title": "Rooms", "version": "1.0.0"},
        "channels": {
            "room": {
                "address": "/ws/{room}",
                "messages": {
                    "chat": message("chat", json!({"$ref": "#/components/schemas/Tree"})),
                    "chatted": message("chatted", json!({"type": "integer"})),
                    "pushed": message("pushed", json!({"$ref": "#/channels/room/x-odd"})),
                },
                "x-odd": {"type": "boolean"},
            },
            "lobby": {"address": "/ws/lobby"},
            "files": {"address": "/files/{*path}"},
        },
        "operations": {
            "onChat": {
                "action": "receive",
                "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/chat"}],
                "reply": {"messages": [{"$ref": "#/channels/room/messages/chatted"}]},
            },
            "push": {
                "action": "send",
                "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/pushed"}],
            },
        },
        "components": {"schemas": {"Tree": {
            "type": "object",
            "properties": {"child": {"$ref": "#/components/schemas/Tree"}, "name": {"type": "string"}},
        }}},
    });
    Frames::new(&Document::from_json(&document.to_string()).unwrap()).unwrap()
}

#[test]
fn a_frame_is_known_by_its_tag_and_its_schema() {
    let frames = frames();
    let room = frames.at("/ws/one").unwrap();
    let deep = r#"{"action":"chat","payload":{"child":{"child":{"name":"leaf"}}}}"#;
    assert_eq!(room.received(deep), Ok("chat"));
    assert_eq!(
        room.sent(r#"{"action":"chatted","payload":3}"#),
        Ok("chatted")
    );
    assert_eq!(
        room.sent(r#"{"action":"pushed","payload":true}"#),
        Ok("pushed")
    );
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let frames = frames();
    let room = frames.at("/ws/one").unwrap();
    let deep = r#"{"action":"chat","payload":{"child":{"child":{"name":1}}}}"#;
    assert_eq!(
        room.received(deep).unwrap_err().to_string(),
        r#"`chat` does not fit its schema: /payload/child/child/name: 1 is not of type "string""#
    );
    assert_eq!(
        room.sent(r#"{"action":"pushed","payload":"yes"}"#)
            .unwrap_err()
            .to_string(),
        r#"`pushed` does not fit its schema: /payload: "yes" is not of type "boolean""#
    );
}

#[test]
fn a_frame_goes_one_way() {
    let frames = frames();
    let room = frames.at("/ws/one").unwrap();
    assert_eq!(
        room.sent(r#"{"action":"chat","payload":{}}"#),
        Err(Undeclared::Tag {
            tag: "chat".to_owned(),
            declared: vec!["chatted".to_owned(), "pushed".to_owned()],
        })
    );
    let way: Vec<_> = room.declared(Action::Receive).collect();
    assert_eq!(way, ["chat"]);
}

#[test]
fn what_is_no_frame_is_refused() {
    let frames = frames();
    let room = frames.at("/ws/one").unwrap();
    for text in ["", "[]", "7", "{"] {
        assert_eq!(room.sent(text), Err(Undeclared::NoObject), "{text}");
    }
    let no_tag = Undeclared::NoTag {
        key: "action".to_owned(),
    };
    for text in ["{}", r#"{"action":1}"#, r#"{"type":"pushed"}"#] {
        assert_eq!(room.sent(text), Err(no_tag.clone()), "{text}");
    }
}

#[test]
fn a_path_finds_the_address_with_the_fewest_parameters() {
    let frames = frames();
    let key = |path| frames.at(path).map(|channel| channel.key().to_owned());
    assert_eq!(key("/ws/lobby").as_deref(), Some("lobby"));
    assert_eq!(key("/ws/other?token=a/b").as_deref(), Some("room"));
    assert_eq!(key("/files/a/b/c").as_deref(), Some("files"));
    for path in ["/ws", "/ws/", "/ws/a/b", "/files/", "", "/"] {
        assert_eq!(key(path), None, "{path}");
    }
}

#[test]
fn what_a_client_may_send_is_listed_with_what_may_answer() {
    let frames = frames();
    let [exchange] = frames.at("/ws/one").unwrap().exchanges() else {
        panic!("one exchange");
    };
    assert_eq!(exchange.operation, "onChat");
    assert_eq!(exchange.message, "chat");
    assert_eq!(exchange.replies, ["chatted"]);
    assert_eq!(
        frames
            .at("/ws/one")
            .unwrap()
            .examples(Action::Receive, "chat"),
        [json!({"action": "chat", "payload": {}})]
    );
}

#[test]
fn the_examples_of_every_kind_of_application_are_frames_of_it() {
    let mut seen = 0;
    for (name, app) in zoo::all() {
        let document = document(&app).unwrap();
        let frames = Frames::new(&document).unwrap();
        for channel in frames.channels() {
            for key in channel.declared(Action::Receive) {
                for example in channel.examples(Action::Receive, key) {
                    let text = example.to_string();
                    assert_eq!(channel.received(&text), Ok(key), "{name}: {text}");
                    seen += 1;
                }
            }
            for key in channel.declared(Action::Send) {
                for example in channel.examples(Action::Send, key) {
                    let text = example.to_string();
                    assert_eq!(channel.sent(&text), Ok(key), "{name}: {text}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 10, "{seen}");
}
