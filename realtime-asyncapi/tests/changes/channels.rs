use serde_json::json;

use super::{cut, expect, push, set};

#[test]
fn a_channel_that_is_new() {
    expect(
        false,
        |d| {
            set(d, "/channels/lobby", json!({"address": "/lobby"}));
        },
        &["compatible breaking: the channel `lobby` at `/lobby` is new"],
    );
}

#[test]
fn a_channel_that_is_gone() {
    expect(
        false,
        |d| {
            set(d, "/operations", json!({}));
            cut(d, "/channels/room");
        },
        &["breaking compatible: the channel `room` at `/rooms/{room}` is gone"],
    );
}

#[test]
fn a_channel_of_another_name() {
    expect(
        false,
        |d| {
            let text = d.to_string().replace("#/channels/room", "#/channels/hall");
            *d = serde_json::from_str(&text).unwrap();
            let channel = cut(d, "/channels/room");
            set(d, "/channels/hall", channel);
        },
        &["docs only docs only: the channel `room` is called `hall` now"],
    );
}

#[test]
fn an_address() {
    expect(
        false,
        |d| {
            set(d, "/channels/room/address", json!("/ws/rooms/{room}"));
        },
        &[
            "breaking breaking: the channel `room` is at `/ws/rooms/{room}` now, was at `/rooms/{room}`",
        ],
    );
}

#[test]
fn a_parameter_of_another_name() {
    expect(
        false,
        |d| {
            set(d, "/channels/room/address", json!("/rooms/{name}"));
            let parameter = cut(d, "/channels/room/parameters/room");
            set(d, "/channels/room/parameters/name", parameter);
        },
        &["docs only docs only: parameters of the address of the channel `room` have other names"],
    );
}

#[test]
fn a_parameter_that_is_limited() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/parameters/room/x-schema/maxLength",
                json!(32),
            );
        },
        &[
            "breaking compatible →: `maxLength` of the parameter `room` of the channel `room` is 32 now, was 64: tighter",
        ],
    );
}

#[test]
fn a_parameter_that_becomes_a_list() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/parameters/room",
                json!({"enum": ["a", "b"]}),
            );
        },
        &[
            "breaking compatible →: the parameter `room` of the channel `room` must be `a` or `b` now",
        ],
    );
}

#[test]
fn a_parameter_in_the_query_that_is_required() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/bindings/ws/query/properties/token",
                json!({"type": "string"}),
            );
            set(
                d,
                "/channels/room/bindings/ws/query/required",
                json!(["token"]),
            );
        },
        &["breaking compatible →: `token` of the query of the channel `room` is new, required"],
    );
}

#[test]
fn a_query_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/channels/room/bindings/ws/query");
        },
        &[
            "compatible compatible →: `since` of the query of the channel `room` is gone, was optional",
        ],
    );
}

#[test]
fn security_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/servers/production/security");
        },
        &[
            "compatible breaking: the channel `room` no longer asks for authentication, was the cookie `session`",
        ],
    );
}

#[test]
fn security_that_has_another_way() {
    expect(
        false,
        |d| {
            push(
                d,
                "/servers/production/security",
                json!({"$ref": "#/components/securitySchemes/bearer"}),
            );
        },
        &["compatible breaking: the channel `room` accepts `bearer` as authentication now"],
    );
}

#[test]
fn security_of_another_kind() {
    expect(
        false,
        |d| {
            set(
                d,
                "/servers/production/security",
                json!([{"$ref": "#/components/securitySchemes/bearer"}]),
            );
        },
        &[
            "breaking compatible: the channel `room` no longer accepts the cookie `session` as authentication",
            "compatible breaking: the channel `room` accepts `bearer` as authentication now",
        ],
    );
}

#[test]
fn security_that_asks_for_two() {
    expect(
        false,
        |d| {
            for key in ["onChat", "onHistory", "onAsk", "pushPosted", "pushJoined"] {
                set(
                    d,
                    &format!("/operations/{key}/security"),
                    json!([{"$ref": "#/components/securitySchemes/bearer"}]),
                );
            }
        },
        &[
            "breaking compatible: the channel `room` asks for `bearer`, and the cookie `session` now, was the cookie `session`",
        ],
    );
}

#[test]
fn security_that_asks_for_two_at_one_operation() {
    expect(
        false,
        |d| {
            set(
                d,
                "/operations/onChat/security",
                json!([{"$ref": "#/components/securitySchemes/bearer"}]),
            );
        },
        &[
            "breaking compatible: the operation `onChat` asks for `bearer`, and the cookie `session` now, was the cookie `session`",
        ],
    );
}

#[test]
fn security_said_at_the_operations() {
    expect(
        false,
        |d| {
            let security = cut(d, "/servers/production/security");
            for key in ["onChat", "onHistory", "onAsk", "pushPosted", "pushJoined"] {
                set(d, &format!("/operations/{key}/security"), security.clone());
            }
        },
        &[],
    );
}

#[test]
fn a_server_that_moves() {
    expect(
        false,
        |d| {
            set(d, "/servers/production/host", json!("example.org"));
        },
        &[
            "breaking compatible: the server `production` is at `wss://example.org` now, was at `wss://example.com`",
        ],
    );
}

#[test]
fn a_server_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/servers/production");
            set(
                d,
                "/servers/other",
                json!({"host": "o", "protocol": "ws", "security": [{"$ref": "#/components/securitySchemes/session"}]}),
            );
        },
        &[
            "breaking compatible: the server `production` at `example.com` is gone",
            "compatible compatible: the server `other` at `o` is new",
        ],
    );
}

#[test]
fn a_path_in_front_of_all() {
    expect(
        false,
        |d| {
            set(d, "/servers/production/pathname", json!("/v2"));
        },
        &[
            "breaking compatible: the server `production` is at `wss://example.com/v2` now, was at `wss://example.com`",
        ],
    );
}

#[test]
fn a_header_of_the_handshake() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/bindings/ws/headers",
                json!({"type": "object", "properties": {"X-Version": {"type": "string"}}, "required": ["X-Version"]}),
            );
        },
        &[
            "breaking compatible →: `X-Version` of the header of the channel `room` is new, required",
        ],
    );
}

#[test]
fn a_method() {
    expect(
        false,
        |d| {
            set(d, "/channels/room/bindings/ws/method", json!("POST"));
        },
        &["breaking breaking: the handshake of the channel `room` is a `POST` now, was a `GET`"],
    );
}

#[test]
fn a_channel_under_components() {
    expect(
        false,
        |d| {
            let channel = cut(d, "/channels/room");
            set(d, "/components/channels", json!({"room": channel}));
            set(
                d,
                "/channels/room",
                json!({"$ref": "#/components/channels/room"}),
            );
        },
        &[],
    );
}

#[test]
fn a_server_that_is_new() {
    expect(
        false,
        |d| {
            set(
                d,
                "/servers/staging",
                json!({"host": "staging.example.com", "protocol": "wss", "security": [{"$ref": "#/components/securitySchemes/session"}]}),
            );
        },
        &["compatible compatible: the server `staging` at `staging.example.com` is new"],
    );
}
