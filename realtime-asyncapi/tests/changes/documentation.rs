use serde_json::json;

use super::{cut, expect, set};

#[test]
fn nothing() {
    expect(
        false,
        |d| {
            let _ = d;
        },
        &[],
    );
}

#[test]
fn descriptions_and_titles() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/text/description",
                json!("The text."),
            );
            set(d, "/components/messages/posted/summary", json!("Said."));
            set(d, "/operations/onChat/title", json!("Chat"));
            set(d, "/channels/room/description", json!("A room."));
            set(d, "/info/description", json!("Rooms."));
        },
        &[
            "docs only docs only: what the document says of the whole has changed",
            "docs only docs only: the documentation of `text` of `Chat` has changed",
            "docs only docs only: the documentation of `posted` has changed",
            "docs only docs only: the documentation of the operation `onChat` has changed",
            "docs only docs only: the documentation of the channel `room` has changed",
        ],
    );
}

#[test]
fn the_version() {
    expect(
        false,
        |d| {
            set(d, "/info/version", json!("1.5.0"));
        },
        &["docs only docs only: the version is `1.5.0` now, was `1.4.0`"],
    );
}

#[test]
fn a_component_of_another_name() {
    expect(
        false,
        |d| {
            let text = d.to_string().replace("schemas/User\"", "schemas/Person\"");
            *d = serde_json::from_str(&text).unwrap();
            let user = cut(d, "/components/schemas/User");
            set(d, "/components/schemas/Person", user);
        },
        &[],
    );
}

#[test]
fn a_component_in_place() {
    expect(
        false,
        |d| {
            let user = d["components"]["schemas"]["User"].clone();
            set(d, "/components/schemas/Posted/properties/from", user);
        },
        &[],
    );
}

#[test]
fn a_component_in_two_halves() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/User",
                json!({"allOf": [{"type": "object", "properties": {"name": {"type": "string"}}}, {"properties": {"age": {"type": "integer"}}, "required": ["name"]}]}),
            );
        },
        &[],
    );
}

#[test]
fn a_component_that_nobody_uses() {
    expect(
        false,
        |d| {
            set(d, "/components/schemas/Unused", json!({"type": "string"}));
        },
        &[],
    );
}

#[test]
fn an_extension() {
    expect(
        false,
        |d| {
            set(d, "/x-owner", json!("us"));
            set(d, "/operations/onChat/x-since", json!("1.0"));
        },
        &[
            "docs only docs only: `x-owner` of the document has changed",
            "docs only docs only: `x-since` of the operation `onChat` has changed",
        ],
    );
}

#[test]
fn a_field_that_is_deprecated() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/lang/deprecated",
                json!(true),
            );
        },
        &["compatible compatible →: `lang` of `Chat` is deprecated now"],
    );
}
