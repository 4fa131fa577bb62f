//! Documents of every kind of application.

mod zoo;

use realtime_asyncapi::{Document, check, document};
use serde_json::Value;

#[test]
fn documents_are_as_reviewed() {
    for (name, app) in zoo::all() {
        insta::assert_snapshot!(name, document(&app).unwrap().to_json_pretty());
    }
}

#[test]
fn the_official_schema_accepts_them() {
    let schema: Value =
        serde_json::from_str(include_str!("../schemas/asyncapi-3.0.0.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, app) in zoo::all() {
        let value = document(&app).unwrap().to_value();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn our_own_rules_find_nothing() {
    for (name, app) in zoo::all() {
        assert_eq!(check(&document(&app).unwrap()), [], "{name}");
    }
}

#[test]
fn channels_are_listed_by_address_in_whatever_order_they_are_given() {
    let app = zoo::several();
    let mut reversed = app.clone();
    reversed.channels.reverse();
    assert_eq!(
        document(&reversed).unwrap().to_json_pretty(),
        document(&app).unwrap().to_json_pretty()
    );
}

#[test]
fn a_document_survives_a_round_trip() {
    for (_, app) in zoo::all() {
        let made = document(&app).unwrap();
        let read: Document = serde_json::from_str(&made.to_json_pretty()).unwrap();
        assert_eq!(read, made);
        assert_eq!(read.to_json_pretty(), made.to_json_pretty());
    }
}

#[test]
fn a_document_ends_with_a_newline() {
    let text = document(&zoo::app(Vec::new())).unwrap().to_json_pretty();
    assert!(text.ends_with("}\n"));
}

#[test]
fn an_application_without_channels_has_a_document() {
    let value = document(&zoo::app(Vec::new())).unwrap().to_value();
    assert_eq!(value["asyncapi"], "3.0.0");
    assert_eq!(value.get("components"), None);
}
