//! Messages with rules of all kinds, and two consumers that take them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use garde::Validate;
use realtime_runtime::{
    message::{Step, Violation},
    prelude::*,
    schemars::JsonSchema,
    serde::{Deserialize, Serialize},
};

#[message(action = "chat")]
pub struct Chat {
    #[garde(length(min = 1, max = 5))]
    pub text: String,
    #[garde(dive)]
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    #[garde(range(max = 3))]
    #[serde(default)]
    pub urgency: u8,
    /// No rule.
    #[serde(default)]
    pub loud: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    #[garde(length(min = 1))]
    pub file_name: String,
    #[garde(inner(length(max = 3)))]
    #[serde(default)]
    pub key_words: Vec<String>,
}

/// Every way in which a name in Rust is not the one on the wire.
#[message(action = "order", rename_all = "camelCase")]
pub struct Order {
    #[garde(length(max = 3))]
    pub ship_to: String,
    #[garde(length(max = 3))]
    #[serde(rename = "c/o", default)]
    pub care_of: String,
    #[garde(length(max = 3))]
    #[serde(rename(serialize = "out", deserialize = "in"), default)]
    pub each_way: String,
    #[garde(required)]
    pub r#type: Option<u8>,
    #[garde(dive)]
    #[serde(flatten)]
    pub contact: Contact,
    #[garde(dive)]
    #[serde(default)]
    pub by_room: BTreeMap<String, Attachment>,
    #[garde(dive)]
    #[serde(default)]
    pub post_code: PostCode,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "kebab-case")]
pub struct Contact {
    #[garde(length(max = 3))]
    pub first_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
pub struct PostCode(#[garde(ascii)] String);

#[message(action = "tags")]
pub struct Tags(#[garde(length(min = 1), inner(length(min = 1)))] Vec<String>);

/// A list of one's own, on the wire a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[garde(transparent)]
pub struct Words(#[garde(length(max = 3), inner(length(min = 1)))] Vec<String>);

#[message(action = "labels", rename_all = "camelCase")]
pub struct Labels {
    #[garde(dive)]
    pub all_words: Words,
}

/// Read as another type, so that its own fields are not on the wire.
#[message(action = "span")]
#[serde(from = "Range")]
pub struct Span {
    #[garde(range(min = 1))]
    #[serde(rename = "l")]
    pub line_length: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Range {
    line_length: u32,
}

impl From<Range> for Span {
    fn from(range: Range) -> Self {
        Self {
            line_length: range.line_length,
        }
    }
}

/// Judged by hand.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ByHand {
    pub odd: Vec<u32>,
}

impl Message for ByHand {
    type Tag = realtime_runtime::message::Action;
    const TAGS: &'static [&'static str] = &["by_hand"];
    const SHAPE: realtime_runtime::message::Shape = realtime_runtime::message::Shape::Struct;
    const HEAD: &'static str = r#"{"action":"by_hand""#;

    fn describe() -> Vec<realtime_runtime::asyncapi::spec::MessageSpec> {
        Vec::new()
    }

    fn violations(message: &Self) -> Vec<Violation> {
        let even = message.odd.iter().position(|number| number % 2 == 0);
        let violation = |index| Violation {
            path: vec![Step::Key("odd".into()), Step::Index(index)],
            message: "not odd".to_owned(),
        };
        even.map(violation).into_iter().collect()
    }
}

#[message(action = "pair")]
#[garde(custom(different))]
pub struct Pair {
    pub one: u8,
    pub two: u8,
}

fn different(pair: &Pair, _: &()) -> garde::Result {
    if pair.one == pair.two {
        return Err(garde::Error::new("the same twice"));
    }
    Ok(())
}

#[message(action = "trap")]
pub struct Trap {
    #[garde(custom(explodes))]
    pub text: String,
}

fn explodes(text: &str, _: &()) -> garde::Result {
    assert!(text.is_empty(), "the secret of the rule");
    Ok(())
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate, Message)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
#[garde(allow_unvalidated)]
pub enum Edit {
    PushBack {
        #[garde(length(min = 1))]
        #[serde(rename = "newItem")]
        item: String,
    },
    Rename(#[garde(dive)] Attachment),
    Retag(#[garde(length(min = 1))] String),
    Clear,
}

#[message(action = "done")]
pub struct Done {
    /// A rule that the server itself breaks.
    #[garde(length(min = 1))]
    pub text: String,
}

impl Done {
    pub fn now() -> Self {
        Self {
            text: String::new(),
        }
    }
}

#[derive(Clone, Default)]
pub struct Handled(pub Arc<AtomicUsize>);

pub struct Desk;

#[consumer(state = Handled)]
impl Desk {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn chat(_: Chat, cx: &mut Context<'_, Self>) -> Done {
        cx.state().0.fetch_add(1, Ordering::SeqCst);
        Done::now()
    }

    #[ws_handler]
    async fn order(_: Order) -> Done {
        Done::now()
    }

    #[ws_handler]
    async fn tags(_: Tags) -> Done {
        Done::now()
    }

    #[ws_handler]
    async fn labels(_: Labels) -> Done {
        Done::now()
    }

    #[ws_handler]
    async fn span(_: Span) -> Done {
        Done::now()
    }

    #[ws_handler]
    async fn by_hand(_: ByHand) -> Done {
        Done::now()
    }

    #[ws_handler]
    async fn pair(_: Pair) -> Done {
        Done::now()
    }

    #[ws_handler]
    async fn trap(_: Trap) -> Done {
        Done::now()
    }

    #[ws_handler]
    async fn edit(_: Edit) -> Done {
        Done::now()
    }
}

#[message(type = "seek", rename_all = "camelCase")]
pub struct Seek {
    #[garde(range(min = 1))]
    pub page_size: u32,
    #[garde(dive)]
    pub near: Option<Attachment>,
}

#[derive(Serialize, Deserialize, JsonSchema, Validate, Message)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
#[garde(allow_unvalidated)]
pub enum Move {
    To {
        #[garde(range(min = 1))]
        left_edge: u32,
    },
    By(#[garde(dive)] Attachment),
}

#[message(type = "found")]
pub struct Found;

pub struct Flat;

#[consumer(tag = "type")]
impl Flat {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn seek(_: Seek) -> Found {
        Found
    }

    #[ws_handler]
    async fn step(_: Move) -> Found {
        Found
    }
}
