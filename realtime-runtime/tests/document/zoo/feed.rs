//! Messages and handlers with the tag `type`, whose fields stand beside it, and one consumer at three paths.

use realtime_runtime::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which feed.
#[derive(Deserialize, JsonSchema)]
pub struct FeedPath {
    /// What it is about.
    #[schemars(length(min = 1, max = 40), example = &"weather")]
    pub topic: String,
}

/// Where to begin.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedQuery {
    /// The last number that was seen.
    pub last_seen: Option<u32>,
    /// What to leave out.
    #[serde(default)]
    pub only: Filter,
    /// How many old ones to begin with.
    #[serde(default = "ten")]
    #[schemars(range(max = 100))]
    pub old: u8,
}

fn ten() -> u8 {
    10
}

/// What to leave out.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    #[default]
    Nothing,
    Replies,
}

/// Something new.
#[message(type = "entry", rename_all = "camelCase")]
#[example(Self { number: 7, text: "Sun".to_owned(), reply_to: Some(6), place: Place { row: 1 } })]
pub struct Entry {
    /// Counted from one.
    pub number: u32,
    /// What it says.
    pub text: String,
    /// What it answers.
    pub reply_to: Option<u32>,
    /// Where it is shown.
    #[serde(flatten)]
    pub place: Place,
}

/// Where something is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// From above.
    pub row: u32,
}

/// What a reader may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Message)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Act {
    /// Likes an entry.
    Like {
        /// Which one.
        number: u32,
    },
    /// Answers an entry.
    Answer(Answer),
    /// Reads no more.
    Leave,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What it answers.
    pub number: u32,
    /// What it says.
    pub text: String,
}

/// So many like it.
#[message(type = "likes")]
pub struct Likes {
    /// Which one.
    pub number: u32,
    /// How many.
    pub count: u32,
}

/// Nothing more will come.
#[message(type = "end")]
pub struct End;

/// An entry was written.
#[message(type = "written")]
pub struct Written {
    /// The entry.
    pub entry: Entry,
}

pub struct Feed;

/// What is new on a topic.
#[consumer(tag = "type", path = FeedPath, query = FeedQuery, groups("readers"), output(End), completions)]
impl Feed {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    /// Takes what a reader does.
    #[ws_handler]
    async fn act(act: Act, cx: &mut Context<'_, Self>) -> Result<Option<Likes>, Error> {
        if act == Act::Leave {
            cx.send(End).await?;
        }
        Ok(match act {
            Act::Like { number } => Some(Likes { number, count: 1 }),
            Act::Answer(_) | Act::Leave => None,
        })
    }

    /// Tells each reader how much an entry is liked.
    #[event_handler]
    async fn liked(&mut self, event: &Likes) -> Likes {
        event.clone()
    }

    /// Tells every reader.
    #[event_handler]
    async fn written(event: &Written) -> Entry {
        event.entry.clone()
    }
}
