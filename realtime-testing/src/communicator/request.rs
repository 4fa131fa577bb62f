//! A request and its reply.

use std::{future::Future, panic::Location};

use realtime_runtime::{Message, Ref, wire};
use serde_json::Value;

use super::{Communicator, to_text};
use crate::{conversation::shorten, watchdog::place};

/// An error frame that answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorReply {
    /// Its code, for example `invalid_payload`.
    pub code: String,
    /// What it says to people.
    pub detail: String,
    /// The fields that do not fit, by their paths, and why.
    pub fields: Vec<(String, String)>,
}

impl ErrorReply {
    /// Reads an error frame of either form.
    fn of(frame: &Value) -> Option<Self> {
        let body = match frame.get("action") {
            Some(tag) if tag == "error" => frame.get("payload")?,
            None if frame.get("type")? == "error" => frame,
            _ => return None,
        };
        let text = |value: &Value, key: &str| {
            let text = value.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let fields = body.get("fields").and_then(Value::as_array);
        let fields = fields.into_iter().flatten();
        Some(Self {
            code: text(body, "code"),
            detail: text(body, "detail"),
            fields: fields
                .map(|field| (text(field, "path"), text(field, "message")))
                .collect(),
        })
    }
}

impl Communicator {
    /// Sends a message with a fresh `ref`, waits as [`Communicator::send`] does, and takes the reply with that `ref`.
    /// Other frames stay.
    ///
    /// # Errors
    /// When the reply is an error frame.
    ///
    /// # Panics
    /// As [`Communicator::send`]; when there is no reply, more than one, or one that is no `R`.
    #[track_caller]
    pub fn request<R: Message>(
        &mut self,
        message: impl Message,
    ) -> impl Future<Output = Result<R, ErrorReply>> + Send {
        let at = Location::caller();
        self.requests += 1;
        let reference = Ref::try_from(format!("request {}", self.requests)).expect("a short ref");
        async move {
            let text = to_text(&message, Some(&reference));
            self.exchange_text(text, at).await;
            self.reply_to(&reference, at)
        }
    }

    fn reply_to<R: Message>(&self, reference: &Ref, at: &Location<'_>) -> Result<R, ErrorReply> {
        let mut replies = Vec::new();
        let wanted = Value::String(reference.to_string());
        self.conversation.state().unread.retain(|text| {
            let frame = serde_json::from_str::<Value>(text).unwrap_or_default();
            let is_reply = frame.get("ref") == Some(&wanted);
            if is_reply {
                replies.push((text.clone(), frame));
            }
            !is_reply
        });
        let fail = |what: String| -> ! {
            panic!(
                "expected one reply {:?} to the request at {}, but {what}{}",
                R::TAGS,
                place(at),
                self.conversation.show()
            )
        };
        let (text, frame) = match &replies[..] {
            [reply] => reply,
            [] => fail("none came".to_owned()),
            more => fail(format!("{} came", more.len())),
        };
        match (wire::from_text(text), ErrorReply::of(frame)) {
            (Some((reply, _)), _) => Ok(reply),
            (None, Some(error)) => Err(error),
            (None, None) => fail(format!("{} came", shorten(text))),
        }
    }
}
