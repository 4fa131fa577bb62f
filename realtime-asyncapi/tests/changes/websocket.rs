use serde_json::json;

use super::{cut, expect, push, set};

#[test]
fn a_close_code_that_is_new() {
    expect(
        false,
        |d| {
            push(
                d,
                "/channels/room/x-websocket/closeCodes",
                json!({"code": 4429, "name": "too_many", "summary": "Too many.", "reconnect": true}),
            );
        },
        &["compatible compatible ←: the close code 4429 (`too_many`) is new"],
    );
}

#[test]
fn a_close_code_that_is_new_strictly() {
    expect(
        true,
        |d| {
            push(
                d,
                "/channels/room/x-websocket/closeCodes",
                json!({"code": 4429, "name": "too_many", "summary": "Too many.", "reconnect": true}),
            );
        },
        &["breaking compatible ←: the close code 4429 (`too_many`) is new"],
    );
}

#[test]
fn a_close_code_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/channels/room/x-websocket/closeCodes/1");
        },
        &["compatible compatible ←: the close code 4403 (`forbidden`) is gone"],
    );
}

#[test]
fn a_close_code_after_which_clients_stop() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/x-websocket/closeCodes/0/reconnect",
                json!(false),
            );
        },
        &[
            "breaking breaking: after the close code 1012 (`service_restart`) a client should stop now",
        ],
    );
}

#[test]
fn a_close_code_that_is_said_otherwise() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/x-websocket/closeCodes/1/summary",
                json!("No."),
            );
        },
        &[
            "docs only docs only: the documentation of the close code 4403 (`forbidden`) has changed",
        ],
    );
}

#[test]
fn a_handshake_that_is_refused() {
    expect(
        false,
        |d| {
            push(
                d,
                "/channels/room/x-websocket/handshakeErrors",
                json!({"status": 503, "reconnect": true}),
            );
        },
        &["compatible compatible ←: the HTTP status 503 of a refused handshake is new"],
    );
}

#[test]
fn a_limit_that_is_tighter() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/x-websocket/limits/maxMessageBytes",
                json!(1024),
            );
        },
        &[
            "breaking compatible →: the limit `maxMessageBytes` of the channel `room` is 1024 now, was 65536: tighter",
        ],
    );
}

#[test]
fn a_limit_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/channels/room/x-websocket/limits/framesPerSecond");
            cut(d, "/channels/room/x-websocket/limits/burst");
        },
        &[
            "compatible breaking →: the limit `framesPerSecond` of the channel `room` is unlimited now, was 200: looser",
            "compatible breaking →: the limit `burst` of the channel `room` is unlimited now, was 400: looser",
        ],
    );
}

#[test]
fn a_limit_that_is_new() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/x-websocket/limits/idleTimeoutMs",
                json!(60000),
            );
        },
        &[
            "breaking compatible →: the limit `idleTimeoutMs` of the channel `room` is 60000 now, was unlimited: tighter",
        ],
    );
}

#[test]
fn a_policy_for_slow_clients() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/x-websocket/limits/outboxPolicy",
                json!("drop_oldest"),
            );
        },
        &[
            "breaking breaking: what happens to a client of the channel `room` that reads too slowly is `drop_oldest` now, was `disconnect`",
        ],
    );
}

#[test]
fn pings_that_come_more_rarely() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/x-websocket/heartbeat/intervalMs",
                json!(60000),
            );
        },
        &[
            "breaking compatible ←: the server pings the clients of the channel `room` every 60000 ms now, was 25000 ms",
        ],
    );
}

#[test]
fn pongs_that_must_come_sooner() {
    expect(
        false,
        |d| {
            set(
                d,
                "/channels/room/x-websocket/heartbeat/timeoutMs",
                json!(5000),
            );
        },
        &["breaking compatible →: a pong of the channel `room` may take 5000 ms now, was 10000 ms"],
    );
}

#[test]
fn pings_that_come_no_more() {
    expect(
        false,
        |d| {
            cut(d, "/channels/room/x-websocket/heartbeat");
        },
        &["breaking compatible: the server no longer pings the clients of the channel `room`"],
    );
}

#[test]
fn another_envelope() {
    expect(
        false,
        |d| {
            set(d, "/channels/room/x-websocket/envelope/ref", json!("id"));
        },
        &["breaking breaking: the frames of the channel `room` have another envelope"],
    );
}
