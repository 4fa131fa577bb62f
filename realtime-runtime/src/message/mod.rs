//! Messages: what has a tag on the wire.

mod client_error;
mod example;
#[cfg(feature = "garde")]
mod garde_rules;
mod reply;
mod rules;
pub(crate) mod system;

use realtime_asyncapi::spec::{BodySpec, FrameForm, MessageSpec};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

pub use client_error::ClientError;
pub use example::Example;
#[doc(hidden)]
pub use example::hold as examples_hold;
#[cfg(feature = "garde")]
#[doc(hidden)]
pub use garde_rules::{Keys, Ruled, Rules, Unruled};
pub use reply::{Reply, ReplySink};
#[doc(hidden)]
pub use reply::{Spawner, StreamOf};
pub(crate) use rules::MOST_ERRORS;
pub use rules::{Step, Violation};
pub(crate) use system::System;

/// A message: a type with a tag on the wire. Implemented by [`#[message]`](macro@crate::message) and
/// [`#[derive(Message)]`](derive@crate::Message).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message",
    label = "this type has no tag on the wire",
    note = "put `#[message(action = \"…\")]` or `#[message(type = \"…\")]` on it"
)]
pub trait Message: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The key that carries the tag: [`Action`] or [`Type`].
    type Tag: TagKey;

    /// The tags on the wire: one for a struct, one for each variant of an enum.
    const TAGS: &'static [&'static str];

    /// How it is laid out.
    const SHAPE: Shape;

    /// The beginning of its frame, up to its fields: `{"action":"chat","payload":`, `{"type":"chat"` where they stand beside
    /// the tag, `{"action":"ping"` where it has none. Empty for an enum.
    const HEAD: &'static str;

    /// Whether each field can be judged alone when a payload does not fit.
    const FIELD_BY_FIELD: bool = true;

    /// What the document says of it, one entry for each tag.
    fn describe() -> Vec<MessageSpec>;

    /// Values that the document shows, by default none: what `#[example(…)]` says on a message.
    ///
    /// The document cannot be made with one that breaks the message's rules, or that reads differently than it was written.
    fn examples() -> Vec<Example<Self>> {
        Vec::new()
    }

    /// What it holds against its rules; by default it has none.
    ///
    /// Asked of every message that a client sent, before a handler gets it. The client is told of all of them at once.
    fn violations(message: &Self) -> Vec<Violation> {
        let _ = message;
        Vec::new()
    }
}

/// How a message is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No fields: the tag says it all.
    Unit,
    /// Fields.
    Struct,
    /// A serde-tagged enum: serde writes and reads its tag.
    Enum,
}

/// Where the tag stands, and with it the shape of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `{"action":"chat","payload":{…}}`
    Adjacent,
    /// `{"type":"initial","unread_count":5}`
    Flat,
}

impl Form {
    /// The key that carries the tag.
    pub const fn tag_key(self) -> &'static str {
        match self {
            Self::Adjacent => "action",
            Self::Flat => "type",
        }
    }
}

impl From<Form> for FrameForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Adjacent => Self::Adjacent,
            Form::Flat => Self::Flat,
        }
    }
}

/// The key of a consumer's tags. Sealed: [`Action`] and [`Type`].
pub trait TagKey: sealed::Sealed + Send + Sync + 'static {
    /// The shape of the frames.
    const FORM: Form;
}

/// `#[message(action = "…")]`: the payload under `payload`.
#[derive(Clone, Copy, Debug)]
pub struct Action;

/// `#[message(type = "…")]`: the fields beside the tag.
#[derive(Clone, Copy, Debug)]
pub struct Type;

impl TagKey for Action {
    const FORM: Form = Form::Adjacent;
}

impl TagKey for Type {
    const FORM: Form = Form::Flat;
}

/// The tag key `T`: what a consumer asks of its messages. [`Action`] is `Tagged<Action>`, and [`Type`] is `Tagged<Type>`.
#[diagnostic::on_unimplemented(
    message = "the tag key of this message is `{Self}`, that of the consumer `{T}`",
    label = "has another tag key than the consumer",
    note = "tag both alike: `#[message(action = \"…\")]` with `#[consumer(tag = \"action\")]`, the default; \
            `#[message(type = \"…\")]` with `#[consumer(tag = \"type\")]`"
)]
pub trait Tagged<T>: TagKey {}

impl Tagged<Self> for Action {}
impl Tagged<Self> for Type {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Action {}
    impl Sealed for super::Type {}
}

/// What `#[message]` knows of one tag, for the document.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct MessageDoc {
    pub tag: &'static str,
    pub name: &'static str,
    pub summary: Option<&'static str>,
    pub description: Option<&'static str>,
    pub deprecated: bool,
}

/// The body of [`Message::describe`] as the macros write it.
#[doc(hidden)]
pub fn describe<M: Message>(docs: &[MessageDoc]) -> Vec<MessageSpec> {
    docs.iter()
        .map(|doc| MessageSpec {
            examples: example::of::<M>,
            tag: doc.tag,
            name: doc.name,
            summary: doc.summary,
            description: doc.description,
            deprecated: doc.deprecated,
            body: match M::SHAPE {
                Shape::Unit => BodySpec::Empty,
                Shape::Struct => BodySpec::Payload(|generator| generator.subschema_for::<M>()),
                Shape::Enum => BodySpec::Variant(|generator| generator.subschema_for::<M>()),
            },
        })
        .collect()
}
