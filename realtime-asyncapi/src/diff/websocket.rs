//! `x-websocket`: envelope, close codes, refused handshakes, heartbeat and limits.

use super::contract::ChannelView;
use super::docs;
use super::found::Found;
use super::verdict::{Breaks, Effect, Flow};
use crate::model::{Heartbeat, Limits, WebSocketExtension};

pub(super) fn compare(old: &ChannelView<'_>, new: &ChannelView<'_>, found: &mut Found) {
    let pointer = format!("{}/x-websocket", new.pointer);
    let subject = format!("the channel `{}`", new.key);
    let (was, is) = match (&old.channel.websocket, &new.channel.websocket) {
        (None, None) => return,
        (Some(was), Some(is)) => (was, is),
        _ => {
            let sentence = format!("what `x-websocket` says of {subject} is new, or is gone");
            found.docs(&pointer, sentence);
            return;
        }
    };
    if was.envelope != is.envelope {
        let sentence = format!("the frames of {subject} have another envelope");
        found.wire(
            "envelope",
            &format!("{pointer}/envelope"),
            Breaks::Both,
            sentence,
        );
    }
    codes(
        &format!("{pointer}/closeCodes"),
        &close_codes(was),
        &close_codes(is),
        found,
    );
    let handshakes = (handshake_errors(was), handshake_errors(is));
    codes(
        &format!("{pointer}/handshakeErrors"),
        &handshakes.0,
        &handshakes.1,
        found,
    );
    heartbeat(
        &pointer,
        &subject,
        (was.heartbeat.as_ref(), is.heartbeat.as_ref()),
        found,
    );
    limits(
        &format!("{pointer}/limits"),
        &subject,
        (&was.limits, &is.limits),
        found,
    );
    docs::extensions(&pointer, &subject, (&was.extensions, &is.extensions), found);
}

/// A number that ends a connection, or refuses it.
struct Code {
    number: u16,
    said: String,
    prose: (String, String),
    reconnect: bool,
}

fn close_codes(websocket: &WebSocketExtension) -> Vec<Code> {
    let code = |code: &crate::model::CloseCode| Code {
        number: code.code,
        said: format!("the close code {} (`{}`)", code.code, code.name),
        prose: (code.name.clone(), code.summary.clone()),
        reconnect: code.reconnect,
    };
    websocket.close_codes.iter().map(code).collect()
}

fn handshake_errors(websocket: &WebSocketExtension) -> Vec<Code> {
    let code = |error: &crate::model::HandshakeError| Code {
        number: error.status,
        said: format!("the HTTP status {} of a refused handshake", error.status),
        prose: (String::new(), error.summary.clone()),
        reconnect: error.reconnect,
    };
    websocket.handshake_errors.iter().map(code).collect()
}

fn codes(pointer: &str, old: &[Code], new: &[Code], found: &mut Found) {
    let strict = found.options.strict;
    let flow = Flow::ServerToClient;
    for was in old {
        let Some(at) = new.iter().position(|is| is.number == was.number) else {
            let sentence = format!("{} is gone", was.said);
            let effect = Effect::new(strict, false);
            found.flow("code-removed", pointer, (flow, effect), sentence);
            continue;
        };
        let is = &new[at];
        let pointer = format!("{pointer}/{at}");
        if was.reconnect != is.reconnect {
            let again = if is.reconnect {
                "connect again"
            } else {
                "stop"
            };
            let sentence = format!("after {} a client should {again} now", is.said);
            found.wire("reconnect", &pointer, Breaks::Both, sentence);
        }
        docs::prose(&pointer, &is.said, (&was.prose, &is.prose), found);
    }
    for (at, is) in new.iter().enumerate() {
        if !old.iter().any(|was| was.number == is.number) {
            let sentence = format!("{} is new", is.said);
            let effect = Effect::new(false, strict);
            found.flow(
                "code-added",
                &format!("{pointer}/{at}"),
                (flow, effect),
                sentence,
            );
        }
    }
}

/// Clients count on pings to come, and the server on pongs.
fn heartbeat(
    pointer: &str,
    subject: &str,
    (old, new): (Option<&Heartbeat>, Option<&Heartbeat>),
    found: &mut Found,
) {
    let pointer = format!("{pointer}/heartbeat");
    let (was, is) = match (old, new) {
        (None, None) => return,
        (None, Some(_)) => {
            let sentence = format!("the server pings the clients of {subject} now");
            found.wire("heartbeat", &pointer, Breaks::Servers, sentence);
            return;
        }
        (Some(_), None) => {
            let sentence = format!("the server no longer pings the clients of {subject}");
            found.wire("heartbeat", &pointer, Breaks::Clients, sentence);
            return;
        }
        (Some(was), Some(is)) => (was, is),
    };
    if was.interval_ms != is.interval_ms {
        let sentence = format!(
            "the server pings the clients of {subject} every {} ms now, was {} ms",
            is.interval_ms, was.interval_ms
        );
        // Rarer pings look like a dead server to whoever counts on the old ones.
        let effect = Effect::of_ordering(Some(is.interval_ms.cmp(&was.interval_ms)));
        let change = (Flow::ServerToClient, effect);
        found.flow(
            "heartbeat",
            &format!("{pointer}/intervalMs"),
            change,
            sentence,
        );
    }
    if was.timeout_ms != is.timeout_ms {
        let sentence = format!(
            "a pong of {subject} may take {} ms now, was {} ms",
            is.timeout_ms, was.timeout_ms
        );
        let effect = Effect::of_ordering(Some(is.timeout_ms.cmp(&was.timeout_ms)));
        let change = (Flow::ClientToServer, effect);
        found.flow(
            "heartbeat",
            &format!("{pointer}/timeoutMs"),
            change,
            sentence,
        );
    }
}

/// What a client may do; where a limit is absent there is none.
fn limits(pointer: &str, subject: &str, (old, new): (&Limits, &Limits), found: &mut Found) {
    let rows = |limits: &Limits| {
        [
            ("maxMessageBytes", Some(limits.max_message_bytes)),
            ("maxFrameBytes", limits.max_frame_bytes),
            ("framesPerSecond", limits.frames_per_second.map(u64::from)),
            ("burst", limits.burst.map(u64::from)),
            ("maxConcurrent", limits.max_concurrent),
            ("outboxMessages", limits.outbox_messages),
            ("outboxBytes", limits.outbox_bytes),
            ("writeTimeoutMs", limits.write_timeout_ms),
            ("idleTimeoutMs", limits.idle_timeout_ms),
            ("maxConnectionsPerUser", limits.max_connections_per_user),
            ("handshakeTimeoutMs", limits.handshake_timeout_ms),
        ]
    };
    for ((name, was), (_, is)) in rows(old).into_iter().zip(rows(new)) {
        if was == is {
            continue;
        }
        let value = |limit: Option<u64>| limit.map_or("unlimited".to_owned(), |n| n.to_string());
        let most = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
        let ordering = most(is).cmp(&most(was));
        let manner = if ordering.is_lt() {
            "tighter"
        } else {
            "looser"
        };
        let (is, was) = (value(is), value(was));
        let sentence = format!("the limit `{name}` of {subject} is {is} now, was {was}: {manner}");
        let change = (Flow::ClientToServer, Effect::of_ordering(Some(ordering)));
        found.flow("limit", &format!("{pointer}/{name}"), change, sentence);
    }
    if old.outbox_policy != new.outbox_policy {
        let sentence = format!(
            "what happens to a client of {subject} that reads too slowly is {} now, was {}",
            docs::quoted(new.outbox_policy.as_deref()),
            docs::quoted(old.outbox_policy.as_deref())
        );
        found.wire(
            "limit",
            &format!("{pointer}/outboxPolicy"),
            Breaks::Both,
            sentence,
        );
    }
    docs::extensions(pointer, subject, (&old.extensions, &new.extensions), found);
}
