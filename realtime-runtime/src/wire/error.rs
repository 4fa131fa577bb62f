//! Error frames: what a client is told when a frame could not be handled.

use std::borrow::Cow;

use serde::Serialize;

/// A code of the framework's own error frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The text is not JSON, or a key stands twice in the envelope.
    MalformedJson,
    /// The frame is JSON, but not an object.
    NotAnObject,
    /// The tag is absent or not a string.
    MissingTag,
    /// No handler takes this tag.
    UnknownAction,
    /// The payload does not fit the message.
    InvalidPayload,
    /// A binary frame, where text is spoken.
    UnsupportedFrame,
    /// More frames per second than allowed; the handler did not run.
    RateLimited,
    /// The handler is not for this user.
    Forbidden,
    /// The handler failed; the cause is in the server's log only.
    Internal,
}

impl ErrorCode {
    /// All of them, in the order of the documentation.
    pub const ALL: &'static [&'static str] = &[
        Self::MalformedJson.as_str(),
        Self::NotAnObject.as_str(),
        Self::MissingTag.as_str(),
        Self::UnknownAction.as_str(),
        Self::InvalidPayload.as_str(),
        Self::UnsupportedFrame.as_str(),
        Self::RateLimited.as_str(),
        Self::Forbidden.as_str(),
        Self::Internal.as_str(),
    ];

    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed_json",
            Self::NotAnObject => "not_an_object",
            Self::MissingTag => "missing_tag",
            Self::UnknownAction => "unknown_action",
            Self::InvalidPayload => "invalid_payload",
            Self::UnsupportedFrame => "unsupported_frame",
            Self::RateLimited => "rate_limited",
            Self::Forbidden => "forbidden",
            Self::Internal => "internal",
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::MalformedJson => "The frame is not valid JSON.",
            Self::NotAnObject => "The frame is not a JSON object.",
            Self::MissingTag => "The frame has no tag.",
            Self::UnknownAction => "There is no such message.",
            Self::InvalidPayload => "The payload does not fit the message.",
            Self::UnsupportedFrame => "Only text frames are understood.",
            Self::RateLimited => "Too many frames; slow down.",
            Self::Forbidden => "This is not allowed.",
            Self::Internal => "The server could not handle this message.",
        }
    }
}

/// One field that did not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where, relative to the payload: `text`, `items[2].id`.
    pub path: String,
    /// Why.
    pub message: String,
}

/// What an error frame says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorFrame {
    /// A stable code that programs act on.
    pub code: Cow<'static, str>,
    /// A sentence for people; safe to show.
    pub detail: Cow<'static, str>,
    /// The fields that did not fit; absent unless there are some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
}

impl From<ErrorCode> for ErrorFrame {
    fn from(code: ErrorCode) -> Self {
        Self {
            code: code.as_str().into(),
            detail: code.detail().into(),
            fields: Vec::new(),
        }
    }
}
