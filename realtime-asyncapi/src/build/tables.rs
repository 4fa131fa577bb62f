//! Close codes, limits and heartbeat, for readers and for programs.

use std::fmt::Write as _;

use crate::model::{CloseCode, Envelope, HandshakeError, Heartbeat, Limits, WebSocketExtension};
use crate::schemas::frame::{PAYLOAD_KEY, REF_KEY};
use crate::spec::{AppSpec, CloseCodeSpec, FrameForm, HandshakeErrorSpec, LimitsSpec};

/// A channel's description: what its documentation says, then the tables.
pub(crate) fn description(documentation: Option<&str>, app: &AppSpec) -> String {
    let mut text = String::new();
    if let Some(documentation) = documentation {
        text.push_str(documentation.trim_end());
        text.push_str("\n\n");
    }
    if !app.handshake_errors.is_empty() {
        text.push_str(&handshake_errors(&app.handshake_errors));
        text.push('\n');
    }
    if !app.close_codes.is_empty() {
        text.push_str(&close_codes(&app.close_codes));
        text.push('\n');
    }
    text.push_str(&limits(&app.limits));
    text
}

fn handshake_errors(errors: &[HandshakeErrorSpec]) -> String {
    let mut table = String::from(
        "### Refused handshakes\n\n| HTTP status | Meaning | Try again? |\n|---|---|---|\n",
    );
    for error in errors {
        let again = if error.reconnect { "yes" } else { "no" };
        let meaning = cell(error.summary);
        let _ = writeln!(table, "| {} | {meaning} | {again} |", error.status);
    }
    table
}

/// A bar would end the cell, and so would the end of the line.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn close_codes(codes: &[CloseCodeSpec]) -> String {
    let mut table = String::from(
        "### Close codes\n\n| Code | Name | Meaning | Connect again? |\n|---|---|---|---|\n",
    );
    for code in codes {
        let again = if code.reconnect { "yes" } else { "no" };
        let meaning = cell(code.summary);
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            table,
            "| {} | `{}` | {meaning} | {again} |",
            code.code, code.name
        );
    }
    table
}

fn limits(limits: &LimitsSpec) -> String {
    let mut table =
        String::from("### Limits and heartbeat\n\n| What | Value | Beyond it |\n|---|---|---|\n");
    let _ = writeln!(
        table,
        "| Largest message | {} bytes | close 1009 |",
        limits.max_message_bytes
    );
    if let Some(bytes) = limits.max_frame_bytes {
        let _ = writeln!(table, "| Largest frame | {bytes} bytes | close 1009 |");
    }
    if let Some(frames) = limits.frames_per_second {
        let burst = limits.burst;
        let _ = writeln!(
            table,
            "| Frames per second | {frames}, {burst} in a burst | error `rate_limited` |"
        );
    }
    let _ = writeln!(
        table,
        "| Streams and spawned handlers under way | {} | error `rate_limited` |",
        limits.max_concurrent
    );
    let _ = writeln!(
        table,
        "| Waiting for a client that reads slowly | {} messages or {} bytes | {} |",
        limits.outbox_messages,
        limits.outbox_bytes,
        beyond_outbox(limits.outbox_policy)
    );
    if let Some(timeout) = limits.write_timeout_ms {
        let _ = writeln!(
            table,
            "| Client takes nothing of what waits | {timeout} ms | close 1013 |"
        );
    }
    if let Some(timeout) = limits.idle_timeout_ms {
        let _ = writeln!(
            table,
            "| No message either way | {timeout} ms | close 1000 |"
        );
    }
    if let Some(connections) = limits.max_connections_per_user {
        let _ = writeln!(
            table,
            "| Connections of one user | {connections} | close 4429 |"
        );
    }
    let _ = writeln!(
        table,
        "| Setting a connection up | {} ms | close 1011 |",
        limits.handshake_timeout_ms
    );
    if let Some(interval) = limits.ping_interval_ms {
        let _ = writeln!(table, "| Ping from the server | every {interval} ms | |");
        let _ = writeln!(
            table,
            "| Pong from the client | within {} ms | close 4408 |",
            limits.pong_timeout_ms
        );
    }
    table
}

fn beyond_outbox(policy: &str) -> &'static str {
    match policy {
        "drop_oldest" => "the oldest are dropped, and `gap` says so",
        "drop_newest" => "the newest are dropped, and `gap` says so",
        "keep_latest" => "the newest of each key is kept; otherwise close 1013",
        _ => "close 1013",
    }
}

/// The same for programs, and where the parts of a frame stand.
pub(crate) fn extension(form: FrameForm, app: &AppSpec) -> WebSocketExtension {
    let limits = &app.limits;
    WebSocketExtension {
        envelope: Envelope {
            tag: form.tag_key().to_owned(),
            reference: REF_KEY.to_owned(),
            payload: (form == FrameForm::Adjacent).then(|| PAYLOAD_KEY.to_owned()),
            ..Envelope::default()
        },
        close_codes: app.close_codes.iter().map(close_code).collect(),
        handshake_errors: app.handshake_errors.iter().map(handshake_error).collect(),
        heartbeat: limits.ping_interval_ms.map(|interval_ms| Heartbeat {
            interval_ms,
            timeout_ms: limits.pong_timeout_ms,
            by: "server".to_owned(),
            ..Heartbeat::default()
        }),
        limits: Limits {
            max_message_bytes: limits.max_message_bytes as u64,
            max_frame_bytes: limits.max_frame_bytes.map(|bytes| bytes as u64),
            frames_per_second: limits.frames_per_second,
            burst: limits.frames_per_second.map(|_| limits.burst),
            max_concurrent: Some(limits.max_concurrent as u64),
            outbox_messages: Some(limits.outbox_messages as u64),
            outbox_bytes: Some(limits.outbox_bytes as u64),
            outbox_policy: Some(limits.outbox_policy.to_owned()),
            write_timeout_ms: limits.write_timeout_ms,
            idle_timeout_ms: limits.idle_timeout_ms,
            max_connections_per_user: limits.max_connections_per_user.map(|n| n as u64),
            handshake_timeout_ms: Some(limits.handshake_timeout_ms),
            ..Limits::default()
        },
        ..WebSocketExtension::default()
    }
}

fn handshake_error(error: &HandshakeErrorSpec) -> HandshakeError {
    HandshakeError {
        status: error.status,
        summary: error.summary.to_owned(),
        reconnect: error.reconnect,
        ..HandshakeError::default()
    }
}

fn close_code(code: &CloseCodeSpec) -> CloseCode {
    CloseCode {
        code: code.code,
        name: code.name.to_owned(),
        summary: code.summary.to_owned(),
        reconnect: code.reconnect,
        ..CloseCode::default()
    }
}
