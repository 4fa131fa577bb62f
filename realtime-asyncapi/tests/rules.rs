//! What our own rules find in a document.

mod zoo;

use realtime_asyncapi::model::{Json, RefOr, Reference};
use realtime_asyncapi::{Document, check, document};
use serde_json::json;

fn findings(spoil: impl FnOnce(&mut Document)) -> Vec<String> {
    let mut document = document(&zoo::room()).unwrap();
    spoil(&mut document);
    check(&document).iter().map(ToString::to_string).collect()
}

fn reference(keys: &[&str]) -> Reference {
    Reference::to(keys.iter().copied())
}

fn operation<'a>(
    document: &'a mut Document,
    key: &str,
) -> &'a mut realtime_asyncapi::model::Operation {
    match document.operations.get_mut(key) {
        Some(RefOr::Item(operation)) => operation,
        _ => panic!("no operation {key}"),
    }
}

fn channel(document: &mut Document) -> &mut realtime_asyncapi::model::Channel {
    match document.channels.get_mut("room") {
        Some(RefOr::Item(channel)) => channel,
        _ => panic!("no channel"),
    }
}

#[test]
fn a_host_has_no_scheme() {
    let found = findings(|document| {
        if let Some(RefOr::Item(server)) = document.servers.get_mut("production") {
            server.host = "wss://example.com".to_owned();
        }
    });
    assert_eq!(
        found,
        ["#/servers/production/host: must be a host with an optional port, without scheme or path"]
    );
}

#[test]
fn a_parameter_of_the_address_is_described() {
    let found = findings(|document| channel(document).parameters.clear());
    assert_eq!(
        found,
        ["#/channels/room/parameters: `room` of the address is missing"]
    );
}

#[test]
fn an_address_has_no_query() {
    let found = findings(|document| channel(document).address = Some("/{room}?a=b".to_owned()));
    assert_eq!(
        found,
        ["#/channels/room/address: an address has neither query nor fragment"]
    );
}

#[test]
fn a_component_that_nobody_needs_is_found() {
    let found = findings(|document| {
        document
            .components
            .schemas
            .insert("Spare".to_owned(), Json(json!({"type": "string"})));
    });
    assert_eq!(found, ["#/components/schemas/Spare: nothing refers to it"]);
}

#[test]
fn a_message_that_no_operation_uses_is_found() {
    let found = findings(|document| {
        document.operations.shift_remove("pushSaid");
    });
    assert_eq!(
        found,
        ["#/channels/room/messages/chatMessage: no operation uses it"]
    );
}

#[test]
fn an_operation_refers_to_messages_of_its_channel_only() {
    let found = findings(|document| {
        let messages = operation(document, "onPing").messages.as_mut().unwrap();
        messages.push(reference(&["components", "messages", "pong"]));
    });
    let expected = "#/operations/onPing/messages: `#/components/messages/pong` is no message of the channel `room`";
    assert_eq!(found, [expected]);
}

#[test]
fn messages_of_one_direction_differ_in_their_tags() {
    let found = findings(|document| {
        if let Some(RefOr::Item(message)) = document.components.messages.get_mut("pong") {
            message.name = Some("error".to_owned());
        }
    });
    let expected =
        "#/channels/room/messages/pong: `error` is also the tag of `error`, which is sent as well";
    assert_eq!(found, [expected]);
}

#[test]
fn a_reference_leads_somewhere() {
    let found = findings(|document| {
        document.components.schemas.remove("Role");
    });
    let expected = ["User", "UserInput"].map(|name| {
        format!("#/components/schemas/{name}: `#/components/schemas/Role` leads nowhere")
    });
    assert_eq!(found, expected);
}

#[test]
fn keywords_beside_a_reference_are_found() {
    let found = findings(|document| {
        let beside = json!({"$ref": "#/components/schemas/Role", "description": "Lost."});
        document
            .components
            .schemas
            .insert("Point".to_owned(), Json(beside));
    });
    let expected = "#/components/schemas/Point: keywords beside `$ref` to `#/components/schemas/Role` are ignored";
    assert_eq!(found, [expected]);
}
