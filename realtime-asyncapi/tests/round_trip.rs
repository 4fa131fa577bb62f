//! Any document: written, read and written again it is the same bytes, and JSON and YAML agree.

mod zoo;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use realtime_asyncapi::model::Action;
use realtime_asyncapi::{Document, document};
use serde_json::{Map, Value, json};

/// Text that looks like something else in YAML, or needs care in a block.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,120}",
        "([a-z .:#|>-]{0,30}\n){0,4}[ a-z]{0,8}",
        Just("3.0.0".to_owned()),
        Just("yes".to_owned()),
        Just("0x10".to_owned()),
        Just("1e3".to_owned()),
        Just("null".to_owned()),
        Just("~".to_owned()),
        Just("<<".to_owned()),
        Just("2020-01-01".to_owned()),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-zA-Z][a-zA-Z0-9_./~-]{0,12}", 1 => text()]
        .prop_filter("a reference is no member", |key| key != "$ref")
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // As many digits as a person writes: `serde_json` may be one unit off in the last of seventeen.
        (-1_000_000_i32..1_000_000).prop_map(|n| Value::from(f64::from(n) / 1000.0)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(key(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn schema() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        btree_map(key(), json_value(), 0..4)
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        Just(json!({"$ref": "#/components/schemas/A"})),
    ]
}

fn extensions() -> impl Strategy<Value = Map<String, Value>> {
    btree_map(
        "x-[a-z]{1,8}".prop_filter("ours have a form", |key| {
            key != "x-websocket" && key != "x-schema"
        }),
        json_value(),
        0..3,
    )
    .prop_map(|members| members.into_iter().collect())
}

fn message() -> impl Strategy<Value = Value> {
    (text(), text(), schema(), extensions()).prop_map(|(name, summary, payload, more)| {
        with(
            json!({"name": name, "summary": summary, "payload": payload}),
            more,
        )
    })
}

fn with(mut value: Value, more: Map<String, Value>) -> Value {
    if let Value::Object(object) = &mut value {
        object.extend(more);
    }
    value
}

prop_compose! {
    fn any_document()(
        title in text(),
        description in text(),
        channels in vec((key(), text(), vec((key(), message()), 0..3), extensions()), 0..3),
        operations in vec((key(), any::<bool>(), text(), extensions()), 0..3),
        schemas in vec((key(), schema()), 0..3),
        more in extensions(),
    ) -> Document {
        let channels: Map<String, Value> = channels
            .into_iter()
            .map(|(key, address, messages, more)| {
                let messages: Map<String, Value> = messages.into_iter().collect();
                (key, with(json!({"address": address, "messages": messages}), more))
            })
            .collect();
        let operations: Map<String, Value> = operations
            .into_iter()
            .map(|(key, receive, summary, more)| {
                let action = if receive { Action::Receive } else { Action::Send };
                let operation = json!({
                    "action": action,
                    "channel": {"$ref": "#/channels/a"},
                    "summary": summary,
                });
                (key, with(operation, more))
            })
            .collect();
        let schemas: Map<String, Value> = schemas.into_iter().collect();
        let document = json!({
            "asyncapi": "3.0.0",
            "info": {"title": title, "version": "1.0.0", "description": description},
            "channels": channels,
            "operations": operations,
            "components": {"schemas": schemas},
        });
        serde_json::from_value(with(document, more)).unwrap()
    }
}

fn round_trips(document: &Document) {
    let json = document.to_json_pretty();
    let yaml = document.to_yaml();
    let from_json = Document::from_json(&json).unwrap();
    let from_yaml = Document::from_yaml(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    assert_eq!(from_json.to_json_pretty(), json);
    assert_eq!(from_yaml.to_yaml(), yaml);
    assert_eq!(from_yaml, from_json);
    assert_eq!(from_json.to_yaml(), yaml);
    assert_eq!(from_yaml.to_json_pretty(), json);
}

proptest! {
    #[test]
    fn any_document_survives(document in any_document()) {
        round_trips(&document);
    }
}

#[test]
fn the_documents_of_every_kind_of_application_survive() {
    for (_, app) in zoo::all() {
        round_trips(&document(&app).unwrap());
    }
}
