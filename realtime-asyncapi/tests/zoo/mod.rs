//! Applications of every kind, described by hand as the runtime would describe them.

#![allow(dead_code)]

pub(crate) mod types;

use realtime_asyncapi::spec::{
    AppSpec, BodySpec, ChannelSpec, CloseCodeSpec, FrameForm, HandshakeErrorSpec, LimitsSpec,
    MessageSpec, PushSpec, ReceiveSpec, Repetition, SchemaFn, SecuritySpec, ServerSpec,
};
use schemars::{JsonSchema, SchemaGenerator};

use self::types::{adjacent, flat};

pub(crate) fn schema<T: JsonSchema>() -> SchemaFn {
    SchemaGenerator::subschema_for::<T>
}

pub(crate) fn message(tag: &'static str, name: &'static str, body: BodySpec) -> MessageSpec {
    MessageSpec {
        tag,
        name,
        summary: None,
        description: None,
        body,
        deprecated: false,
        examples: |_| Vec::new(),
    }
}

pub(crate) fn payload<T: JsonSchema>(tag: &'static str, name: &'static str) -> MessageSpec {
    message(tag, name, BodySpec::Payload(schema::<T>()))
}

pub(crate) fn variant<T: JsonSchema>(tag: &'static str, name: &'static str) -> MessageSpec {
    message(tag, name, BodySpec::Variant(schema::<T>()))
}

pub(crate) fn receive(
    name: &'static str,
    messages: Vec<MessageSpec>,
    replies: Vec<MessageSpec>,
) -> ReceiveSpec {
    ReceiveSpec {
        name,
        summary: None,
        description: None,
        messages,
        replies,
        error_codes: Vec::new(),
        has_other_codes: false,
        repetition: Repetition::Once,
        triggers: Vec::new(),
        tags: Vec::new(),
        deprecated: false,
    }
}

pub(crate) fn push(name: &str, messages: Vec<MessageSpec>) -> PushSpec {
    PushSpec {
        name: name.to_owned(),
        summary: None,
        description: None,
        messages,
        tags: Vec::new(),
        deprecated: false,
    }
}

pub(crate) fn channel(consumer: &'static str, address: &str, form: FrameForm) -> ChannelSpec {
    ChannelSpec {
        address: address.to_owned(),
        consumer,
        summary: None,
        description: None,
        form,
        path: None,
        query: None,
        security: Vec::new(),
        receives: Vec::new(),
        pushes: Vec::new(),
        completions: false,
    }
}

pub(crate) fn app(channels: Vec<ChannelSpec>) -> AppSpec {
    AppSpec {
        title: "Zoo".to_owned(),
        version: "1.2.3".to_owned(),
        description: None,
        id: None,
        contact: None,
        license: None,
        tags: Vec::new(),
        servers: Vec::new(),
        channels,
        close_codes: vec![
            CloseCodeSpec {
                code: 1000,
                name: "normal",
                summary: "Done.",
                reconnect: false,
            },
            CloseCodeSpec {
                code: 1012,
                name: "restart",
                summary: "The server restarts | moves.",
                reconnect: true,
            },
        ],
        handshake_errors: vec![HandshakeErrorSpec {
            status: 503,
            summary: "The server restarts | moves.",
            reconnect: true,
        }],
        error_codes: vec!["malformed_json", "invalid_payload", "internal"],
        limits: LimitsSpec {
            max_message_bytes: 65_536,
            max_frame_bytes: None,
            frames_per_second: Some(200),
            burst: 400,
            max_concurrent: 32,
            outbox_messages: 1024,
            outbox_bytes: 1_048_576,
            outbox_policy: "disconnect",
            write_timeout_ms: Some(30_000),
            idle_timeout_ms: None,
            max_connections_per_user: None,
            handshake_timeout_ms: 10_000,
            ping_interval_ms: Some(25_000),
            pong_timeout_ms: 10_000,
        },
    }
}

fn server(name: &str, host: &str) -> ServerSpec {
    ServerSpec {
        name: name.to_owned(),
        host: host.to_owned(),
        protocol: "wss",
        description: Some("Where it runs.".to_owned()),
    }
}

fn cookie() -> SecuritySpec {
    SecuritySpec::Cookie {
        name: "session_id".to_owned(),
        description: Some("Set at login.".to_owned()),
    }
}

/// Structs under `payload`; path, query, completions, two ways to authenticate, one type both ways.
pub(crate) fn room() -> AppSpec {
    let mut room = channel("room", "/ws/rooms/{room}", FrameForm::Adjacent);
    room.summary = Some("A chat room.");
    room.description = Some("Everybody hears everybody.");
    room.path = Some(schema::<adjacent::RoomPath>());
    room.query = Some(schema::<adjacent::RoomQuery>());
    room.security = vec![
        cookie(),
        SecuritySpec::Bearer {
            format: Some("JWT".to_owned()),
            description: None,
        },
    ];
    room.completions = true;
    let mut chat = receive(
        "chat",
        vec![MessageSpec {
            summary: Some("Somebody says something."),
            description: Some("Plain text."),
            ..payload::<adjacent::Chat>("chat", "Chat")
        }],
        Vec::new(),
    );
    chat.summary = Some("Say something to everyone in the room.");
    chat.error_codes = vec!["too_long", "internal"];
    let pong = message("pong", "Pong", BodySpec::Empty);
    room.receives = vec![
        chat,
        receive(
            "ping",
            vec![message("ping", "Ping", BodySpec::Empty)],
            vec![pong.clone()],
        ),
        receive(
            "edit",
            vec![payload::<adjacent::Draft>("draft", "Draft")],
            vec![payload::<adjacent::Draft>("draft", "Draft")],
        ),
        receive(
            "point",
            vec![payload::<adjacent::Point>("point", "Point")],
            vec![payload::<adjacent::Point>("point", "Point")],
        ),
    ];
    room.pushes = vec![
        push(
            "said",
            vec![payload::<adjacent::ChatMessage>(
                "chat_message",
                "ChatMessage",
            )],
        ),
        push("keep_alive", vec![pong]),
        push("echo", vec![payload::<adjacent::Chat>("chat", "Chat")]),
    ];
    let mut app = app(vec![room]);
    app.description = Some("Rooms in which people **talk**.".to_owned());
    app.servers = vec![
        server("production", "example.com"),
        server("staging", "staging.example.com:8443"),
    ];
    app
}

/// Structs whose fields stand beside the tag, plain and not.
pub(crate) fn notifications() -> AppSpec {
    let mut channel = channel("notifications", "/ws/notifications", FrameForm::Flat);
    channel.completions = true;
    channel.receives = vec![receive(
        "mark_read",
        vec![payload::<flat::MarkRead>("mark_read", "MarkRead")],
        vec![payload::<flat::UnreadCount>("unread_count", "UnreadCount")],
    )];
    channel.receives[0].has_other_codes = true;
    channel.pushes = vec![
        push(
            "notification",
            vec![payload::<flat::Notification>(
                "notification",
                "Notification",
            )],
        ),
        push(
            "tagged",
            vec![payload::<flat::Wrapped>("wrapped", "Wrapped")],
        ),
        push(
            "bye",
            vec![MessageSpec {
                deprecated: true,
                summary: Some("No longer sent."),
                ..message("bye", "Bye", BodySpec::Empty)
            }],
        ),
    ];
    app(vec![channel])
}

/// Enums of messages under `payload`.
pub(crate) fn adjacent_enum() -> AppSpec {
    let mut channel = channel("board", "/board", FrameForm::Adjacent);
    channel.receives = vec![receive(
        "command",
        vec![
            variant::<adjacent::Command>("draw", "Draw"),
            variant::<adjacent::Command>("clear", "Clear"),
            variant::<adjacent::Command>("move_to", "MoveTo"),
        ],
        vec![variant::<adjacent::Answer>("drawn", "Drawn")],
    )];
    channel.pushes = vec![push(
        "changed",
        vec![variant::<adjacent::Answer>("cleared", "Cleared")],
    )];
    app(vec![channel])
}

/// Enums of messages whose fields stand beside the tag.
pub(crate) fn flat_enum() -> AppSpec {
    let mut channel = channel("feed", "/feed", FrameForm::Flat);
    channel.receives = vec![receive(
        "ask",
        vec![variant::<flat::Ask>("again", "Again")],
        Vec::new(),
    )];
    channel.pushes = vec![push(
        "update",
        vec![
            MessageSpec {
                summary: Some("What was there before."),
                ..variant::<flat::Update>("initial", "Initial")
            },
            variant::<flat::Update>("one_more", "OneMore"),
            variant::<flat::Update>("strict", "Strict"),
            variant::<flat::Update>("nothing", "Nothing"),
            variant::<flat::Update>("odd", "Odd"),
        ],
    )];
    app(vec![channel])
}

/// Three channels of two consumers, of which one is mounted twice and one takes nothing.
pub(crate) fn several() -> AppSpec {
    let mut rooms = channel("room", "/rooms/{room}", FrameForm::Adjacent);
    rooms.path = Some(schema::<adjacent::RoomPath>());
    rooms.security = vec![cookie()];
    rooms.receives = vec![receive(
        "chat",
        vec![payload::<adjacent::Chat>("chat", "Chat")],
        Vec::new(),
    )];
    let also = ChannelSpec {
        address: "/v2/rooms/{room}".to_owned(),
        ..rooms.clone()
    };
    let mut clock = channel("clock", "/clock/{*zone}", FrameForm::Flat);
    clock.pushes = vec![push("tick", vec![message("tick", "Tick", BodySpec::Empty)])];
    let mut app = app(vec![rooms, clock, also]);
    app.servers = vec![server("production", "example.com")];
    app.limits = LimitsSpec {
        max_frame_bytes: Some(4096),
        frames_per_second: None,
        ping_interval_ms: None,
        outbox_policy: "drop_oldest",
        idle_timeout_ms: Some(600_000),
        max_connections_per_user: Some(8),
        ..app.limits
    };
    app
}

/// All of them, each with a name.
pub(crate) fn all() -> [(&'static str, AppSpec); 5] {
    [
        ("room", room()),
        ("notifications", notifications()),
        ("adjacent_enum", adjacent_enum()),
        ("flat_enum", flat_enum()),
        ("several", several()),
    ]
}
