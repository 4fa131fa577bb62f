//! What serde reads and writes is what the document says.

mod zoo;

use realtime_asyncapi::document;
use realtime_asyncapi::spec::AppSpec;
use serde_json::{Value, json};
use zoo::types::{adjacent, flat};

/// Whether a frame is valid as the message of that key.
fn fits(app: &AppSpec, message: &str, frame: &Value) -> bool {
    let document = document(app).unwrap().to_value();
    let schema = json!({
        "allOf": [{"$ref": format!("#/components/messages/{message}/payload")}],
        "components": document["components"],
    });
    jsonschema::draft7::new(&schema).unwrap().is_valid(frame)
}

fn point() -> adjacent::Point {
    adjacent::Point { x: 1, y: -1 }
}

#[test]
fn a_frame_may_carry_a_ref_that_is_a_string_or_an_integer() {
    for (reference, valid) in [
        (json!("a"), true),
        (json!(-7), true),
        (json!("a".repeat(65)), false),
        (json!(1.5), false),
        (json!(null), false),
    ] {
        let frame = json!({"action": "ping", "ref": reference});
        assert_eq!(fits(&zoo::room(), "ping", &frame), valid, "{reference}");
    }
}

#[test]
fn a_frame_has_the_tag_of_its_message() {
    let app = zoo::room();
    assert!(fits(&app, "pong", &json!({"action": "pong"})));
    assert!(!fits(&app, "pong", &json!({"action": "ping"})));
    assert!(!fits(&app, "pong", &json!({})));
}

#[test]
fn an_option_may_be_absent_from_what_is_received_only() {
    let frame = json!({"action": "chat", "payload": {"text": "hi"}});
    assert!(fits(&zoo::room(), "chatInput", &frame));
    assert!(!fits(&zoo::room(), "chat", &frame));
}

#[test]
fn variants_under_payload_fit() {
    let app = zoo::adjacent_enum();
    let drawn = adjacent::Answer::Drawn {
        strokes: 2,
        last: Some(point()),
    };
    assert!(fits(&app, "drawn", &json!(drawn)));
    assert!(fits(&app, "cleared", &json!(adjacent::Answer::Cleared)));
    assert!(fits(
        &app,
        "moveTo",
        &json!(adjacent::Command::MoveTo(point()))
    ));
    assert!(fits(
        &app,
        "draw",
        &json!({"action": "draw", "payload": {"from": point(), "to": point()}})
    ));
}

#[test]
fn variants_beside_the_tag_fit() {
    let app = zoo::flat_enum();
    let content = || flat::Content {
        title: "Hi".to_owned(),
        kind: flat::Kind::Info,
    };
    let wrapped = flat::Wrapped {
        id: 1,
        either: flat::Either::Left { left: true },
    };
    for (key, update) in [
        (
            "initial",
            flat::Update::Initial {
                items: vec![content()],
                total: 1,
            },
        ),
        ("oneMore", flat::Update::OneMore(content())),
        ("strict", flat::Update::Strict(flat::MarkRead { id: 1 })),
        ("nothing", flat::Update::Nothing),
        ("odd", flat::Update::Odd(wrapped)),
    ] {
        assert!(fits(&app, key, &json!(update)), "{key}");
    }
}

#[test]
fn a_struct_that_denies_unknown_fields_still_has_a_tag_and_a_ref() {
    let app = zoo::notifications();
    assert!(fits(
        &app,
        "markRead",
        &json!({"type": "mark_read", "id": 1, "ref": 5})
    ));
    assert!(!fits(
        &app,
        "markRead",
        &json!({"type": "mark_read", "id": 1, "other": 5})
    ));
}

#[test]
fn a_flattened_enum_stands_beside_the_tag() {
    let app = zoo::notifications();
    assert!(fits(
        &app,
        "wrapped",
        &json!({"type": "wrapped", "id": 1, "right": "x"})
    ));
    assert!(!fits(&app, "wrapped", &json!({"type": "wrapped", "id": 1})));
}

#[test]
fn error_frames_have_the_shape_of_the_channel() {
    let fields = json!([{"path": "text", "message": "missing"}]);
    let body = json!({"code": "invalid_payload", "detail": "No.", "fields": fields});
    let adjacent = json!({"action": "error", "payload": body, "ref": 1});
    assert!(fits(&zoo::room(), "error", &adjacent));
    let flat = json!({"type": "error", "code": "internal", "detail": "No."});
    assert!(fits(&zoo::notifications(), "error", &flat));
}

#[test]
fn an_error_code_is_one_of_the_channels() {
    let error = |code: &str| json!({"action": "error", "payload": {"code": code, "detail": "No."}});
    assert!(fits(&zoo::room(), "error", &error("too_long")));
    assert!(!fits(&zoo::room(), "error", &error("never_heard_of")));
}
