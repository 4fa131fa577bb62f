//! The client's view, and hints.

mod zoo;

use realtime_asyncapi::diff::{self, Options, Side, Verdict};
use realtime_asyncapi::model::Action;
use realtime_asyncapi::{Document, check, document, lint};
use serde_json::Value;

fn every_document() -> impl Iterator<Item = (&'static str, Document)> {
    zoo::all()
        .into_iter()
        .map(|(name, app)| (name, document(&app).unwrap()))
}

#[test]
fn a_mirrored_document_holds() {
    let schema: Value =
        serde_json::from_str(include_str!("../schemas/asyncapi-3.0.0.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, document) in every_document() {
        let view = document.client_view();
        assert_eq!(check(&view), [], "{name}");
        assert!(validator.is_valid(&view.to_value()), "{name}");
    }
}

#[test]
fn what_is_received_is_sent() {
    for (name, document) in every_document() {
        let view = document.client_view();
        let actions = |document: &Document, of: Action| {
            let operations = document.operations.values();
            operations
                .filter(|operation| operation.item().unwrap().action == of)
                .count()
        };
        for (one, other) in [
            (Action::Receive, Action::Send),
            (Action::Send, Action::Receive),
        ] {
            assert_eq!(actions(&document, one), actions(&view, other), "{name}");
        }
    }
}

#[test]
fn a_view_says_the_same_on_the_wire() {
    for (name, document) in every_document() {
        let once = document.client_view();
        let twice = once.client_view();
        assert_eq!(once.to_value()["x-generated-view"], "client");
        assert_eq!(twice.to_value().get("x-generated-view"), None);
        for view in [once, twice] {
            let report = diff::changes(&document, &view, Options::default());
            let on_the_wire = |change: &&diff::Change| change.client != Verdict::Docs;
            assert_eq!(report.changes().iter().find(on_the_wire), None, "{name}");
        }
    }
}

#[test]
fn what_breaks_clients_is_the_same_in_either_view() {
    let text = include_str!("changes/room.yaml");
    let old = Document::from_yaml(text).unwrap();
    let new = Document::from_yaml(&text.replace("maxLength: 500", "maxLength: 5")).unwrap();
    let of_server = diff::changes(&old, &new, Options::default());
    let of_client = diff::changes(&old.client_view(), &new.client_view(), Options::default());
    assert_eq!(of_server, of_client);
    assert_eq!(of_client.verdict(Side::Client), Some(Verdict::Breaking));
}

#[test]
fn operations_of_several_channels_are_called_by_what_a_client_does() {
    let (_, document) = every_document()
        .find(|(name, _)| *name == "several")
        .unwrap();
    let view = document.client_view();
    let keys: Vec<&str> = view.operations.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "clockOnTick",
            "clockOnError",
            "roomSendChat",
            "roomV2RoomsRoomSendChat"
        ]
    );
}

#[test]
fn hints_name_what_readers_miss() {
    let text = r##"{
        "asyncapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "channels": {"a": {"address": "/a", "messages": {"m": {"summary": "M."}}}},
        "operations": {"send": {"action": "send", "channel": {"$ref": "#/channels/a"}}},
        "components": {"schemas": {
            "Big": {"type": "integer", "format": "uint64"},
            "Small": {"type": "integer", "format": "uint64", "maximum": 1000},
            "Either": {"oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]},
            "Told": {"oneOf": [{"properties": {"is": {"const": "a"}}}, {"properties": {"b": {}}}]}
        }}
    }"##;
    let hints: Vec<String> = lint(&Document::from_json(text).unwrap())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        hints,
        [
            "#/info: a description would say what the application is for",
            "#/servers: no server says where the application runs",
            "#/channels/a: has neither summary nor description",
            "#/operations/send: has neither summary nor description",
            "#/channels/a/messages/m: has no payload, so any frame is one",
            "#/components/schemas/Big: integers beyond 2^53 lose digits in JavaScript; a `maximum`, or a string, keeps them",
            "#/components/schemas/Either: no property with a constant tells the alternatives apart",
        ]
    );
}
