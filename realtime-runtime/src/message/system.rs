//! The framework's own messages, in the form of the consumer that sends or takes them.

use std::{borrow::Cow, marker::PhantomData};

use realtime_asyncapi::spec::MessageSpec;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, MapAccess},
};

use super::{Example, Form, Message, MessageDoc, Shape, TagKey, describe};
use crate::{
    consumer::Incoming,
    wire::{Body, FieldError, Fields, fields},
};

/// A message of the framework with the tag key `T`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "B: Serialize + DeserializeOwned")]
pub(crate) struct System<T, B> {
    pub(crate) body: B,
    #[serde(skip)]
    key: PhantomData<fn() -> T>,
}

impl<T, B> System<T, B> {
    pub(crate) fn new(body: B) -> Self {
        Self {
            body,
            key: PhantomData,
        }
    }
}

/// The fields of a message of the framework.
pub(crate) trait SystemBody:
    Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static
{
    const DOC: MessageDoc;
    /// A value to show.
    fn example() -> Self;
    /// The beginning of its frame in both forms.
    const HEADS: [&'static str; 2];
}

macro_rules! system {
    ($($body:ident = $tag:literal, $summary:literal, $example:expr;)+) => {
        $(impl SystemBody for $body {
            const DOC: MessageDoc = MessageDoc {
                tag: $tag,
                name: stringify!($body),
                summary: Some($summary),
                description: None,
                deprecated: false,
            };
            fn example() -> Self {
                $example
            }
            const HEADS: [&'static str; 2] = [
                concat!("{\"action\":\"", $tag, "\",\"payload\":"),
                concat!("{\"type\":\"", $tag, "\""),
            ];
        })+
    };
}

system! {
    Gap = "gap", "Something may be missing here: the client reads too slowly, or the way from other nodes is disturbed. Read your state anew.",
        Gap { since: 1_767_225_600_000, dropped: 12 };
    Refresh = "refresh", "Shows a fresh token before the old one expires.",
        Refresh { token: "a-fresh-token".to_owned() };
    Authentication = "authentication", "Who the client is was asked for, and this is what came of it.",
        Authentication {
            status_code: 200,
            status_text: Cow::Borrowed("OK"),
            detail: None,
            expires_in: Some(3600),
        };
}

/// The highest number below which JavaScript knows every other.
pub(crate) const MOST: u64 = (1 << 53) - 1;

/// Something may be missing here.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Gap {
    /// Since when: milliseconds since 1970.
    #[schemars(range(max = MOST))]
    pub(crate) since: u64,
    /// How many messages are missing; 0 where nobody knows, as of what other nodes have sent.
    pub(crate) dropped: usize,
}

/// A fresh token.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Refresh {
    /// The token.
    pub(crate) token: String,
}

/// What came of asking who the client is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Authentication {
    /// As an HTTP status: 200, or why not, for example 401, 403, 404, 429 or 500.
    pub(crate) status_code: u16,
    /// The same in words.
    pub(crate) status_text: Cow<'static, str>,
    /// Why not; absent where the status is 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<Cow<'static, str>>,
    /// Seconds until the credentials expire; absent where they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = MOST))]
    pub(crate) expires_in: Option<u64>,
}

impl<T: TagKey, B: SystemBody> Message for System<T, B> {
    type Tag = T;
    const TAGS: &'static [&'static str] = &[B::DOC.tag];
    const SHAPE: Shape = Shape::Struct;
    const HEAD: &'static str = match T::FORM {
        Form::Adjacent => B::HEADS[0],
        Form::Flat => B::HEADS[1],
    };

    fn describe() -> Vec<MessageSpec> {
        describe::<Self>(&[B::DOC])
    }

    fn examples() -> Vec<Example<Self>> {
        vec![Example::new(Self::new(B::example()))]
    }
}

impl<T: TagKey, B: SystemBody> JsonSchema for System<T, B> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        B::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        B::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        B::json_schema(generator)
    }
}

/// A client sends nothing else of the framework's.
impl<T: TagKey> Incoming for System<T, Refresh> {
    type Tag = T;
    const TAGS: &'static [&'static [&'static str]] = &[<Self as Message>::TAGS];

    fn read<'de, A: MapAccess<'de>>(
        _: usize,
        fields: Fields<'_, 'de, A>,
    ) -> Result<Self, A::Error> {
        fields.read()
    }

    fn diagnose(_: usize, body: &Body<'_>) -> Vec<FieldError> {
        fields::<Self>(body)
    }
}
