use serde_json::json;

use super::{cut, expect, push, set};

#[test]
fn a_request_that_is_new() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/leave",
                json!({"name": "leave", "payload": {}}),
            );
            set(
                d,
                "/channels/room/messages/leave",
                json!({"$ref": "#/components/messages/leave"}),
            );
            set(
                d,
                "/operations/onLeave",
                json!({"action": "receive", "channel": {"$ref": "#/channels/room"}, "messages": [{"$ref": "#/channels/room/messages/leave"}]}),
            );
        },
        &["compatible breaking →: clients may send `leave` now"],
    );
}

#[test]
fn a_request_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/operations/onAsk");
        },
        &["breaking compatible →: clients may no longer send `ask`"],
    );
}

#[test]
fn a_push_that_is_new() {
    expect(
        false,
        |d| {
            push(
                d,
                "/operations/pushJoined/messages",
                json!({"$ref": "#/channels/room/messages/accepted"}),
            );
        },
        &["compatible breaking ←: the server sends `accepted` now"],
    );
}

#[test]
fn a_push_that_is_new_strictly() {
    expect(
        true,
        |d| {
            push(
                d,
                "/operations/pushJoined/messages",
                json!({"$ref": "#/channels/room/messages/accepted"}),
            );
        },
        &["breaking breaking ←: the server sends `accepted` now"],
    );
}

#[test]
fn a_push_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/operations/pushJoined");
        },
        &["breaking compatible ←: the server no longer sends `joined`"],
    );
}

#[test]
fn a_tag() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/joined/payload/properties/action/const",
                json!("entered"),
            );
            set(d, "/components/messages/joined/name", json!("entered"));
        },
        &["breaking breaking ←: the tag of `joined` is `entered` now"],
    );
}

#[test]
fn a_reply_that_is_new() {
    expect(
        false,
        |d| {
            set(
                d,
                "/operations/onAsk/reply",
                json!({"channel": {"$ref": "#/channels/room"}, "messages": [{"$ref": "#/channels/room/messages/accepted"}]}),
            );
        },
        &["compatible breaking ←: `ask` is answered now"],
    );
}

#[test]
fn a_reply_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/operations/onChat/reply");
        },
        &["breaking compatible ←: `chat` is no longer answered"],
    );
}

#[test]
fn a_message_added_to_a_reply() {
    expect(
        false,
        |d| {
            push(
                d,
                "/operations/onHistory/reply/messages",
                json!({"$ref": "#/channels/room/messages/error"}),
            );
        },
        &["breaking compatible ←: `history` may be answered by `error` now"],
    );
}

#[test]
fn a_message_removed_from_a_reply() {
    expect(
        false,
        |d| {
            set(
                d,
                "/operations/onChat/reply/messages",
                json!([{"$ref": "#/channels/room/messages/accepted"}]),
            );
        },
        &["compatible breaking ←: `chat` is no longer answered by `error`"],
    );
}

#[test]
fn a_stream_that_becomes_one_reply() {
    expect(
        false,
        |d| {
            cut(d, "/operations/onHistory/reply/x-reply");
        },
        &[
            "breaking compatible ←: `complete` no longer ends the answers to `history`",
            "compatible breaking ←: `history` is answered once now, was by a stream",
        ],
    );
}

#[test]
fn a_reply_that_becomes_several() {
    expect(
        false,
        |d| {
            set(
                d,
                "/operations/onChat/reply/x-reply",
                json!({"mode": "many"}),
            );
        },
        &["breaking compatible ←: `chat` is answered several times now, was once"],
    );
}

#[test]
fn the_end_of_a_stream() {
    expect(
        false,
        |d| {
            cut(d, "/operations/onHistory/reply/x-reply/terminator");
        },
        &["breaking compatible ←: `complete` no longer ends the answers to `history`"],
    );
}

#[test]
fn a_correlation_that_moves() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/correlationIds/ref/location",
                json!("$message.payload#/id"),
            );
        },
        &[
            "breaking breaking: the correlation identifier of `chat` is at `$message.payload#/id` now, was at `$message.payload#/ref`",
            "breaking breaking: the correlation identifier of `accepted` is at `$message.payload#/id` now, was at `$message.payload#/ref`",
        ],
    );
}

#[test]
fn a_correlation_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/components/messages/accepted/correlationId");
        },
        &["breaking compatible: `accepted` no longer has a correlation identifier"],
    );
}

#[test]
fn a_question_of_the_server() {
    expect(
        false,
        |d| {
            set(
                d,
                "/operations/pushJoined/reply",
                json!({"channel": {"$ref": "#/channels/room"}, "messages": [{"$ref": "#/channels/room/messages/accepted"}]}),
            );
        },
        &["breaking compatible →: `joined` is answered now"],
    );
}

#[test]
fn headers_of_a_message() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/chat/headers",
                json!({"type": "object", "properties": {"trace": {"type": "string"}}, "required": ["trace"]}),
            );
        },
        &[
            "breaking compatible →: the header of `chat` is `object` now, was of any type",
            "breaking compatible →: `trace` of the header of `chat` is new, required",
        ],
    );
}

#[test]
fn an_operation_of_all_messages() {
    expect(
        false,
        |d| {
            cut(d, "/operations/pushJoined/messages");
        },
        &[
            "compatible breaking ←: the server sends `accepted` now",
            "compatible breaking ←: the server sends `ask` now",
            "compatible breaking ←: the server sends `chat` now",
            "compatible breaking ←: the server sends `error` now",
            "compatible breaking ←: the server sends `history` now",
        ],
    );
}

#[test]
fn the_content_type_of_all() {
    expect(
        false,
        |d| {
            set(d, "/defaultContentType", json!("application/cbor"));
        },
        &[
            "breaking breaking: the content type of messages that name none is `application/cbor` now, was `application/json`",
        ],
    );
}

#[test]
fn a_message_that_is_deprecated_no_more() {
    expect(
        false,
        |d| {
            set(d, "/components/messages/ask/x-deprecated", json!(false));
        },
        &[],
    );
}

#[test]
fn a_correlation_that_is_new() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/posted/correlationId",
                json!({"$ref": "#/components/correlationIds/ref"}),
            );
        },
        &[
            "compatible breaking: `posted` has a correlation identifier now, at `$message.payload#/ref`",
        ],
    );
}

#[test]
fn a_content_type() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/posted/contentType",
                json!("application/cbor"),
            );
        },
        &["breaking breaking: the content type of `posted` is `application/cbor` now, was none"],
    );
}

#[test]
fn an_operation_that_is_deprecated() {
    expect(
        false,
        |d| {
            set(d, "/operations/onAsk/x-deprecated", json!(true));
        },
        &["compatible compatible: the operation `onAsk` is deprecated now"],
    );
}

#[test]
fn an_operation_of_another_name() {
    expect(
        false,
        |d| {
            let operation = cut(d, "/operations/onAsk");
            set(d, "/operations/onQuestion", operation);
        },
        &["docs only docs only: the operation `onAsk` is called `onQuestion` now"],
    );
}

#[test]
fn a_trait_instead_of_a_summary() {
    expect(
        false,
        |d| {
            cut(d, "/operations/onChat/summary");
            set(
                d,
                "/operations/onChat/traits",
                json!([{"summary": "Says something."}]),
            );
        },
        &[],
    );
}
