//! Documents of others: what is read, what is kept, and what is said of what cannot be read.

use realtime_asyncapi::model::{Action, RefOr};
use realtime_asyncapi::{Document, Format, ResolveError, Version, check};
use serde_json::{Value, json};

/// As another tool would write it: references everywhere, extensions, members that our model does not name.
const FOREIGN: &str = r##"
asyncapi: 3.1.0
id: urn:example:rooms
info:
  title: Rooms
  version: 1.0
  license: {name: MIT}
  x-logo: {url: https://example.com/logo.svg}
servers:
  main: {$ref: '#/components/servers/main'}
channels:
  room:
    $ref: '#/components/channels/room'
operations:
  say:
    action: receive
    channel: {$ref: '#/channels/room'}
    tags: [{$ref: '#/components/tags/talk'}, {name: chat}]
    messages: [{$ref: '#/channels/room/messages/chat'}]
    reply: {$ref: '#/components/replies/said'}
    bindings: {http: {method: POST}}
components:
  servers:
    main: {host: example.com, protocol: wss, pathname: /v1, x-region: eu}
  channels:
    room:
      address: /rooms/{name}
      parameters:
        name: {enum: [yes, no, 'on'], x-kind: word}
      bindings: {$ref: '#/components/channelBindings/room'}
      messages:
        chat:
          summary: Said.
          contentType: application/json
          payload: {$ref: '#/components/schemas/Chat'}
          examples: [{name: short, payload: {text: hi}}]
        said: {$ref: '#/components/messages/said'}
  messages:
    said: {name: said, payload: true}
  schemas:
    Chat:
      type: object
      properties: {text: {type: string, x-note: [1, 2.5, null]}}
  channelBindings:
    room: {ws: {method: GET, x-more: true}, kafka: {topic: rooms}}
  replies:
    said: {channel: {$ref: '#/channels/room'}, messages: [{$ref: '#/channels/room/messages/said'}]}
  tags:
    talk: {name: talk}
x-generator: {name: another, flags: [a, b]}
"##;

fn foreign() -> Document {
    Document::from_yaml(FOREIGN).unwrap()
}

fn error(yaml: &str) -> String {
    Document::from_yaml(yaml).unwrap_err().to_string()
}

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\n";

#[test]
fn what_the_model_does_not_name_is_kept() {
    let value = foreign().to_value();
    for (pointer, expected) in [
        ("/id", json!("urn:example:rooms")),
        ("/info/version", json!("1.0")),
        ("/info/license/name", json!("MIT")),
        ("/info/x-logo/url", json!("https://example.com/logo.svg")),
        ("/operations/say/bindings/http/method", json!("POST")),
        ("/components/servers/main/x-region", json!("eu")),
        (
            "/components/channels/room/parameters/name/enum",
            json!(["yes", "no", "on"]),
        ),
        (
            "/components/channels/room/messages/chat/examples/0/payload/text",
            json!("hi"),
        ),
        (
            "/components/schemas/Chat/properties/text/x-note",
            json!([1, 2.5, null]),
        ),
        ("/x-generator/flags/1", json!("b")),
    ] {
        assert_eq!(value.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[test]
fn a_foreign_document_is_the_same_after_json_and_yaml() {
    let document = foreign();
    let json = document.to_json_pretty();
    let yaml = document.to_yaml();
    assert_eq!(Document::from_json(&json).unwrap(), document);
    assert_eq!(Document::from_yaml(&yaml).unwrap(), document);
    assert_eq!(Document::from_yaml(&yaml).unwrap().to_json_pretty(), json);
    assert_eq!(Document::from_json(&json).unwrap().to_yaml(), yaml);
}

#[test]
fn references_are_followed_where_asked() {
    let document = foreign();
    let resolver = document.resolver();
    let room = resolver.resolve(&document.channels["room"]).unwrap();
    assert_eq!(room.address.as_deref(), Some("/rooms/{name}"));
    let bindings = resolver.resolve(room.bindings.as_ref().unwrap()).unwrap();
    assert_eq!(bindings.ws.as_ref().unwrap().method.as_deref(), Some("GET"));
    let said = resolver.resolve(&room.messages["said"]).unwrap();
    assert_eq!(said.name.as_deref(), Some("said"));
    let (pointer, schema) = resolver
        .value("#/components/channels/room/messages/chat/payload")
        .unwrap();
    assert_eq!(pointer, "/components/schemas/Chat");
    assert_eq!(schema["type"], "object");
}

#[test]
fn our_own_rules_follow_references() {
    assert_eq!(check(&foreign()), []);
}

#[test]
fn a_reference_that_cannot_be_followed_says_why() {
    let document = Document::from_yaml(&format!(
        "{HEAD}components:\n  messages:\n    a: {{$ref: '#/components/messages/b'}}\n    \
         b: {{$ref: '#/components/messages/a'}}\n    c: {{$ref: '#/components/schemas/S'}}\n    \
         d: {{$ref: 'other.yaml#/x'}}\n    e: {{$ref: '#/none'}}\n  schemas: {{S: true}}\n"
    ))
    .unwrap();
    let resolver = document.resolver();
    let reason = |key: &str| {
        resolver
            .resolve(&document.components.messages[key])
            .unwrap_err()
    };
    assert!(matches!(reason("a"), ResolveError::Circle(_)));
    assert!(matches!(reason("c"), ResolveError::Other { .. }));
    assert_eq!(
        reason("d").to_string(),
        "`other.yaml#/x` leads out of the document"
    );
    assert_eq!(reason("e").to_string(), "`#/none` leads nowhere");
    assert_eq!(resolver.broken().len(), 4);
    assert_eq!(foreign().resolver().broken(), []);
}

#[test]
fn a_pointer_may_be_escaped_and_percent_encoded() {
    let document = Document::from_yaml(&format!(
        "{HEAD}components:\n  schemas:\n    a/b c: {{type: string}}\n"
    ))
    .unwrap();
    let (_, schema) = document
        .resolver()
        .value("#/components/schemas/a~1b%20c")
        .map(|(pointer, value)| (pointer, value.clone()))
        .unwrap();
    assert_eq!(schema, json!({"type": "string"}));
}

#[test]
fn members_beside_a_reference_are_kept() {
    let text = format!(
        "{HEAD}channels:\n  a:\n    $ref: '#/components/channels/a'\n    description: ignored\n"
    );
    let document = Document::from_yaml(&text).unwrap();
    let RefOr::Ref(reference) = &document.channels["a"] else {
        panic!("not a reference");
    };
    assert_eq!(reference.siblings.len(), 1);
    assert!(document.to_yaml().contains("description: ignored"));
}

#[test]
fn another_version_is_refused() {
    assert_eq!(
        error("asyncapi: 2.6.0\ninfo: {title: T, version: '1'}\nchannels: {}\n"),
        "asyncapi: `2.6.0` is not read; 3.0 and 3.1 are, at line 1, column 11"
    );
    let openapi = Document::from_json(r#"{"openapi": "3.1.0"}"#).unwrap_err();
    assert_eq!(openapi.path(), ".");
    assert!(openapi.reason().contains("missing field `asyncapi`"));
}

#[test]
fn a_wrong_member_is_named_with_its_path() {
    for (body, path, reason) in [
        (
            "channels:\n  room:\n    messages:\n      chat:\n        payload: 5\n",
            "channels.room.messages.chat.payload",
            "a schema is an object, `true` or `false`",
        ),
        (
            "channels:\n  room:\n    messages:\n      chat:\n        summary: a\n        payload: [1]\n",
            "channels.room.messages.chat.payload",
            "a schema is an object, `true` or `false`",
        ),
        (
            "operations:\n  say:\n    action: recieve\n    channel: {$ref: '#/channels/room'}\n",
            "operations.say.action",
            "recieve",
        ),
        (
            "operations:\n  say:\n    action: receive\n",
            "operations.say",
            "missing field `channel`",
        ),
        (
            "operations:\n  say:\n    action: receive\n    channel: {}\n",
            "operations.say.channel",
            "missing field `$ref`",
        ),
        (
            "components:\n  schemas:\n    A: text\n",
            "components.schemas.A",
            "a schema is an object, `true` or `false`",
        ),
        (
            "components:\n  securitySchemes:\n    s: {in: cookie}\n",
            "components.securitySchemes.s",
            "missing field `type`",
        ),
    ] {
        let read = Document::from_yaml(&format!("{HEAD}{body}")).unwrap_err();
        assert_eq!(read.path(), path, "{read}");
        assert!(read.reason().contains(reason), "{read}");
    }
}

#[test]
fn json_is_read_with_the_same_paths() {
    let text = r#"{"asyncapi":"3.0.0","info":{"title":"T","version":"1"},
"servers":{"main":{"host":"a","protocol":7}}}"#;
    assert_eq!(
        Document::from_json(text).unwrap_err().to_string(),
        "servers.main.protocol: invalid type: integer `7`, expected a string at line 2 column 42"
    );
    let trailing = format!("{}}}", foreign().to_json_pretty());
    assert!(Document::from_json(&trailing).is_err());
}

#[test]
fn yaml_that_is_none_says_where() {
    assert!(error("asyncapi: 3.0.0\ninfo: [1\n").contains("line 2"));
    assert!(error(&format!("{HEAD}info: {{}}\n")).contains("duplicate mapping key: info"));
}

#[test]
fn formats_are_told_by_name_and_by_text() {
    let of = |path: &str| Format::of_path(path.as_ref());
    assert_eq!(of("docs/asyncapi.json"), Some(Format::Json));
    assert_eq!(of("docs/asyncapi.YML"), Some(Format::Yaml));
    assert_eq!(of("docs/asyncapi"), None);
    assert_eq!(Format::of_text("\n {}"), Format::Json);
    assert_eq!(Format::of_text("asyncapi: 3.0.0"), Format::Yaml);
}

#[test]
fn a_document_is_written_in_either_version() {
    let document = foreign().with_version(Version::V3_0_0);
    assert_eq!(document.to_value()["asyncapi"], "3.0.0");
    let later = document.with_version("3.1.0".parse().unwrap());
    assert_eq!(later.to_value()["asyncapi"], "3.1.0");
    assert!("2.6.0".parse::<Version>().is_err());
}

#[test]
fn the_client_view_is_mirrored() {
    let view = foreign().client_view();
    let say = view.operations["say"].item().unwrap();
    assert_eq!(say.action, Action::Send);
    assert!(say.reply.is_some());
    assert_eq!(view.to_value()["x-generated-view"], Value::from("client"));
    assert_eq!(check(&view), []);
}
