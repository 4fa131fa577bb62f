//! What no document is made of.

mod zoo;

use realtime_asyncapi::spec::{AppSpec, BodySpec, ChannelSpec, FrameForm};
use realtime_asyncapi::{DocumentError, document};
use schemars::JsonSchema;
use zoo::types::{adjacent, flat};
use zoo::{app, channel, message, payload, push, receive, schema, variant};

mod other {
    use schemars::JsonSchema;

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    pub(crate) struct User {
        id: u64,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    pub(crate) struct ChatInput {
        id: u64,
    }
}

fn error(app: &AppSpec) -> String {
    document(app).unwrap_err().to_string()
}

fn room() -> ChannelSpec {
    channel("room", "/room", FrameForm::Adjacent)
}

fn flat_room() -> ChannelSpec {
    channel("room", "/room", FrameForm::Flat)
}

#[test]
fn two_types_of_one_name_are_named_with_their_uses() {
    let mut room = room();
    room.pushes = vec![
        push(
            "said",
            vec![payload::<adjacent::ChatMessage>(
                "chat_message",
                "ChatMessage",
            )],
        ),
        push("joined", vec![payload::<other::User>("joined", "Joined")]),
    ];
    assert_eq!(
        error(&app(vec![room])),
        "two types are both called `User` in the document: one is used by message `chat_message` of consumer `room`, \
         the other by message `joined` of consumer `room`; rename one of them with `#[schemars(rename = \"…\")]`, \
         and a generic type for each of its arguments with `#[schemars(rename = \"UserOf{T}\")]`"
    );
}

#[test]
fn a_name_that_is_received_cannot_be_another_that_is_sent() {
    let mut room = room();
    room.receives = vec![receive(
        "hello",
        vec![payload::<adjacent::User>("hello", "Hello")],
        Vec::new(),
    )];
    room.pushes = vec![push(
        "joined",
        vec![payload::<other::User>("joined", "Joined")],
    )];
    assert!(matches!(
        document(&app(vec![room])),
        Err(DocumentError::SchemaName { .. })
    ));
}

#[test]
fn enums_of_messages_may_share_a_name_as_they_do_not_appear() {
    mod second {
        #[derive(schemars::JsonSchema)]
        #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
        #[allow(dead_code)]
        pub(crate) enum Answer {
            Other { text: String },
        }
    }
    let mut room = room();
    room.pushes = vec![
        push("a", vec![variant::<adjacent::Answer>("cleared", "Cleared")]),
        push("b", vec![variant::<second::Answer>("other", "Other")]),
    ];
    assert!(document(&app(vec![room])).is_ok());
}

#[test]
fn the_name_of_what_is_read_must_be_free() {
    let mut room = room();
    let chat = payload::<adjacent::Chat>("chat", "Chat");
    room.receives = vec![receive("chat", vec![chat.clone()], vec![chat])];
    room.pushes = vec![push(
        "other",
        vec![payload::<other::ChatInput>("other", "Other")],
    )];
    let expected = DocumentError::InputName {
        name: "Chat".to_owned(),
        input: "ChatInput".to_owned(),
    };
    assert_eq!(document(&app(vec![room])), Err(expected));
}

#[test]
fn a_name_that_is_no_key_is_refused() {
    #[derive(JsonSchema)]
    #[schemars(rename = "Page<User>")]
    #[allow(dead_code)]
    struct Page {
        users: Vec<u32>,
    }
    let mut room = room();
    room.pushes = vec![push("page", vec![payload::<Page>("page", "Page")])];
    assert!(error(&app(vec![room])).starts_with("the schema name `Page<User>` has"));
}

#[test]
fn two_replies_of_one_tag_and_different_types_are_refused() {
    let mut room = room();
    room.receives = vec![
        receive(
            "a",
            vec![message("a", "A", BodySpec::Empty)],
            vec![payload::<adjacent::Chat>("done", "Chat")],
        ),
        receive(
            "b",
            vec![message("b", "B", BodySpec::Empty)],
            vec![payload::<adjacent::Point>("done", "Point")],
        ),
    ];
    assert_eq!(
        error(&app(vec![room])),
        "consumer `room`: two messages have the tag `done`, `Chat` and `Point`, and a client could not tell them apart"
    );
}

#[test]
fn two_requests_of_one_tag_and_different_types_are_refused() {
    let mut room = room();
    room.receives = vec![
        receive(
            "a",
            vec![payload::<adjacent::Chat>("do", "Chat")],
            Vec::new(),
        ),
        receive(
            "b",
            vec![message("do", "Nothing", BodySpec::Empty)],
            Vec::new(),
        ),
    ];
    assert!(matches!(
        document(&app(vec![room])),
        Err(DocumentError::Tag {
            reader: "server",
            ..
        })
    ));
}

#[test]
fn one_tag_may_have_another_type_in_another_channel() {
    let mut room = room();
    room.pushes = vec![push("a", vec![payload::<adjacent::Chat>("done", "Chat")])];
    let mut other = channel("other", "/other", FrameForm::Adjacent);
    other.pushes = vec![push("a", vec![payload::<adjacent::Point>("done", "Point")])];
    let document = document(&app(vec![room, other])).unwrap();
    let keys: Vec<_> = document
        .components
        .messages
        .keys()
        .filter(|key| key.contains("one"))
        .collect();
    assert_eq!(keys, ["otherDone", "roomDone"]);
}

#[test]
fn a_tag_of_the_framework_is_refused() {
    let mut room = room();
    room.pushes = vec![push(
        "oops",
        vec![message("error", "Oops", BodySpec::Empty)],
    )];
    assert_eq!(
        error(&app(vec![room])),
        "consumer `room`: `Oops` has the tag `error`, which is one of the framework's own frames"
    );
}

#[test]
fn a_tag_of_a_frame_that_is_not_sent_is_free() {
    let mut room = room();
    room.pushes = vec![push(
        "done",
        vec![message("complete", "Complete", BodySpec::Empty)],
    )];
    assert!(document(&app(vec![room])).is_ok());
}

#[test]
fn a_field_that_belongs_to_the_envelope_is_refused() {
    #[derive(JsonSchema)]
    #[allow(dead_code)]
    struct Link {
        r#ref: String,
    }
    #[derive(JsonSchema)]
    #[allow(dead_code)]
    struct Car {
        r#type: String,
    }
    for body in [schema::<Link>(), schema::<Car>()] {
        let mut room = flat_room();
        room.pushes = vec![push("x", vec![message("x", "X", BodySpec::Payload(body))])];
        assert!(matches!(
            document(&app(vec![room])),
            Err(DocumentError::ReservedField { .. })
        ));
    }
}

#[test]
fn an_enum_without_the_tag_is_refused() {
    let mut room = flat_room();
    room.pushes = vec![push(
        "x",
        vec![variant::<flat::Update>("no_such", "NoSuch")],
    )];
    assert!(matches!(
        document(&app(vec![room])),
        Err(DocumentError::NoVariant { key: "type", .. })
    ));
}

#[test]
fn parameters_need_a_struct() {
    let mut room = room();
    room.query = Some(schema::<Vec<String>>());
    let expected =
        "consumer `room`: the type of its query parameters must be a struct with named fields";
    assert_eq!(error(&app(vec![room])), expected);
}

#[test]
fn a_parameter_that_the_path_does_not_have_is_refused() {
    let mut room = room();
    room.path = Some(schema::<adjacent::RoomPath>());
    let expected =
        "consumer `room`: `/room` and the type of its path parameters disagree about `room`";
    assert_eq!(error(&app(vec![room])), expected);
}

#[test]
fn a_parameter_that_only_the_path_has_is_refused() {
    let mut room = channel("room", "/{tenant}/{room}", FrameForm::Adjacent);
    room.path = Some(schema::<adjacent::RoomPath>());
    let expected = "consumer `room`: `/{tenant}/{room}` and the type of its path parameters disagree about `tenant`";
    assert_eq!(error(&app(vec![room])), expected);
}

#[test]
fn two_operations_of_one_key_are_refused() {
    let mut room = room();
    let ping = || vec![message("ping", "Ping", BodySpec::Empty)];
    room.receives = vec![
        receive("ping", ping(), Vec::new()),
        receive("ping", ping(), Vec::new()),
    ];
    assert_eq!(
        error(&app(vec![room])),
        "two operations are both called `onPing`"
    );
}

#[test]
fn two_servers_of_one_name_are_refused() {
    let mut app = zoo::room();
    app.servers[1].name = app.servers[0].name.clone();
    assert_eq!(error(&app), "two servers are both called `production`");
}

#[test]
fn a_keyword_that_draft_07_lacks_is_refused() {
    #[derive(JsonSchema)]
    #[schemars(extend("minContains" = 1))]
    #[allow(dead_code)]
    struct Odd {
        items: Vec<u32>,
    }
    let mut room = room();
    room.pushes = vec![push("odd", vec![payload::<Odd>("odd", "Odd")])];
    assert_eq!(
        error(&app(vec![room])),
        "the document breaks rules of AsyncAPI 3.0.0:\n\
         - #/components/schemas/Odd: `minContains` is no keyword of draft-07"
    );
}
