//! What is known of those who are present.

use std::{borrow::Cow, fmt};

use realtime_asyncapi::spec::MessageSpec;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::message::{Action, Message, MessageDoc, Shape, describe};

/// What a connection says of itself: any type that serde and schemars know.
///
/// It is kept and sent as JSON, of [1 KiB at most](crate::RealtimeBuilder::presence_metadata) by default.
pub trait Metadata:
    Serialize + DeserializeOwned + JsonSchema + Clone + fmt::Debug + Send + Sync + 'static
{
}

impl<M> Metadata for M where
    M: Serialize + DeserializeOwned + JsonSchema + Clone + fmt::Debug + Send + Sync + 'static
{
}

/// How many are present in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Users, those in their grace included.
    pub users: usize,
    /// Connections. A user may have several, and has none in its grace.
    pub connections: usize,
}

/// A user who is present.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Present<M> {
    /// Who it is, as given to [`Presence::track`](super::Presence::track).
    pub user: String,
    /// How many connections the user has; 0 in the grace.
    pub connections: usize,
    /// What any of the connections said last. `None`: this version of `M` cannot read it.
    pub latest: Option<M>,
}

/// What a connection finds that comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot<M> {
    /// How many are present now, the newcomer included.
    pub totals: Totals,
    /// Who was before, by name: as the members of the group have been told. What has changed since is in the next diff.
    pub before: Vec<Present<M>>,
}

/// Some of those who are present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<M> {
    /// By name.
    pub users: Vec<Present<M>>,
    /// What to ask for next. `None`: these were the last.
    pub next: Option<String>,
}

/// Who came and who went: the event that a group with presence gets, at most one for each interval (100 ms by default).
///
/// On several nodes it goes to the members on those nodes where a connection is tracked in the group.
///
/// It has what is different from the diff before: a user is in one of the lists at most, and each user's joins and leaves
/// alternate. That a user has another connection, or one less, is no diff; the totals of the next one count it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff<M> {
    /// How many are present now.
    #[serde(flatten)]
    pub totals: Totals,
    /// Who has come.
    pub joined: Vec<Present<M>>,
    /// Who has gone: the grace is over.
    pub left: Vec<String>,
    /// Whose last metadata is something else now.
    pub updated: Vec<Present<M>>,
}

/// For a process of another version, it is written as any event: as its tag and its fields.
#[diagnostic::do_not_recommend]
impl<M: Metadata> Message for Diff<M> {
    type Tag = Action;
    const TAGS: &'static [&'static str] = &["presence_diff"];
    const SHAPE: Shape = Shape::Struct;
    const HEAD: &'static str = "{\"action\":\"presence_diff\",\"payload\":";

    fn describe() -> Vec<MessageSpec> {
        describe::<Self>(&[MessageDoc {
            tag: "presence_diff",
            name: "PresenceDiff",
            summary: Some("Who came and who went."),
            description: None,
            deprecated: false,
        }])
    }
}

/// As [`Present`] has it: the name of the metadata's schema is part of its own.
impl<M: Metadata> JsonSchema for Diff<M> {
    fn schema_name() -> Cow<'static, str> {
        format!("PresenceDiff_{}", M::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let present = generator.subschema_for::<Vec<Present<M>>>();
        let count = generator.subschema_for::<usize>();
        let names = generator.subschema_for::<Vec<String>>();
        schemars::json_schema!({
            "type": "object",
            "properties": {
                "users": count, "connections": count,
                "joined": present, "left": names, "updated": present,
            },
            "required": ["users", "connections", "joined", "left", "updated"],
        })
    }
}
