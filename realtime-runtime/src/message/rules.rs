//! Rules on what a message may hold, beyond its types.

use std::borrow::Cow;

/// What a message holds against its rules, for [`Message::violations`](super::Message::violations).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The way from the payload to the value that breaks a rule; empty for the message as a whole.
    pub path: Vec<Step>,
    /// What the client is told.
    pub message: String,
}

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key, as it is on the wire.
    Key(Cow<'static, str>),
    /// A field by its name in Rust, or the key of a map; what was received says what it is on the wire.
    Field(String),
    /// An item of a list, or a field of a tuple.
    Index(usize),
}

/// So many errors are told at most: an answer must not be many times what was sent.
pub(crate) const MOST_ERRORS: usize = 32;
