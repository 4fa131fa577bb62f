//! The framework's own frames.

use serde_json::{Value, json};

use super::messages::{correlation_id, example};
use crate::model::{Json, Message, MessageExample};
use crate::names;
use crate::schemas::frame::{Frame, PAYLOAD_KEY};
use crate::spec::{AppSpec, ChannelSpec, FrameForm};

/// The tag of the frame that says why a frame was not handled.
pub(crate) const COMPLETE: &str = "complete";
pub(crate) const ERROR: &str = "error";

/// A completion frame.
struct Completion {
    tag: &'static str,
    summary: &'static str,
    carries_ref: bool,
}

const COMPLETIONS: [Completion; 3] = [
    Completion {
        tag: COMPLETE,
        summary: "Everything that the frame with this `ref` caused in this process is done.",
        carries_ref: true,
    },
    Completion {
        tag: "group_complete",
        summary: "What an event handler without `self` sent to a group has been written.",
        carries_ref: false,
    },
    Completion {
        tag: "event_complete",
        summary: "What this connection's own handling of an event sent has been written.",
        carries_ref: false,
    },
];

/// Tags of the completion frames.
pub(crate) fn completion_tags() -> impl Iterator<Item = &'static str> {
    COMPLETIONS.iter().map(|completion| completion.tag)
}

/// The frames that the framework sends on a channel, under their tags.
pub(crate) fn messages(app: &AppSpec, channel: &ChannelSpec) -> Vec<(&'static str, Message)> {
    let mut messages = vec![(ERROR, error(app, channel))];
    if channel.completions {
        messages.extend(
            COMPLETIONS
                .iter()
                .map(|c| (c.tag, completion(c, channel.form))),
        );
    }
    messages
}

fn error(app: &AppSpec, channel: &ChannelSpec) -> Message {
    let mut codes: Vec<&str> = Vec::new();
    let own = channel
        .receives
        .iter()
        .flat_map(|receive| &receive.error_codes);
    for code in app.error_codes.iter().chain(own) {
        if !codes.contains(code) {
            codes.push(code);
        }
    }
    let code = if channel.receives.iter().any(|of| of.has_other_codes) {
        let listed = codes.join("`, `");
        let description =
            format!("What programs go by. One of `{listed}`, or another of the application's.");
        json!({"description": description, "type": "string", "examples": codes})
    } else {
        json!({"description": "What programs go by.", "type": "string", "enum": codes})
    };
    let detail = json!({"description": "A sentence for people.", "type": "string"});
    let fields = json!({
        "description": "The fields that did not fit; absent unless there are some.",
        "type": "array",
        "items": {
            "title": "FieldError",
            "type": "object",
            "properties": {
                "path": {"description": "Where, for example `items[2].id`.", "type": "string"},
                "message": {"description": "Why.", "type": "string"},
            },
            "required": ["path", "message"],
        },
    });
    let mut frame = Frame::new(channel.form, ERROR);
    match channel.form {
        FrameForm::Adjacent => {
            let payload = json!({
                "title": "Error",
                "type": "object",
                "properties": {"code": code, "detail": detail, "fields": fields},
                "required": ["code", "detail"],
            });
            frame.require(PAYLOAD_KEY, payload);
        }
        FrameForm::Flat => {
            frame.require("code", code);
            frame.require("detail", detail);
            frame.allow("fields", fields);
        }
    }
    let summary = "A frame could not be handled. The connection stays open.";
    let mut message = message(ERROR, summary, frame, true);
    message.examples.extend(error_example(channel.form, &codes));
    message
}

/// What a client sees most: a payload that does not fit.
fn error_example(form: FrameForm, codes: &[&str]) -> Option<MessageExample> {
    let code = codes.iter().find(|code| **code == "invalid_payload");
    let mut body = json!({
        "code": code.or(codes.first())?,
        "detail": "The payload does not fit the message.",
        "fields": [{"path": "text", "message": "is missing"}],
    });
    let frame = match form {
        FrameForm::Adjacent => json!({ form.tag_key(): ERROR, PAYLOAD_KEY: body }),
        FrameForm::Flat => {
            body[form.tag_key()] = ERROR.into();
            body
        }
    };
    Some(example(None, frame))
}

fn completion(completion: &Completion, form: FrameForm) -> Message {
    let frame = Frame::new(form, completion.tag);
    let mut message = message(
        completion.tag,
        completion.summary,
        frame,
        completion.carries_ref,
    );
    message.examples = vec![example(None, json!({ form.tag_key(): completion.tag }))];
    message
}

fn message(tag: &str, summary: &str, mut frame: Frame, carries_ref: bool) -> Message {
    if carries_ref {
        frame.allow_ref();
    }
    frame.name(tag);
    let payload: Value = frame.into_value();
    Message {
        name: Some(tag.to_owned()),
        title: Some(names::title(tag)),
        summary: Some(summary.to_owned()),
        correlation_id: carries_ref.then(correlation_id),
        payload: Some(Json(payload)),
        ..Message::default()
    }
}
