//! The types that the messages of the zoo carry.

/// Types of consumers whose tag is `action`.
pub(crate) mod adjacent {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    /// Which room.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct RoomPath {
        /// Name of the room.
        #[schemars(example = &"lobby")]
        pub(crate) room: RoomName,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct RoomName(#[schemars(length(min = 1, max = 40))] pub(crate) String);

    /// How to begin.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct RoomQuery {
        /// The last number seen.
        pub(crate) since: Option<u64>,
        #[serde(default)]
        pub(crate) mode: Mode,
    }

    #[derive(Default, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Mode {
        #[default]
        All,
        Mentions,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Chat {
        /// What is said.
        #[schemars(length(min = 1))]
        pub(crate) text: String,
        pub(crate) reply_to: Option<u32>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct ChatMessage {
        pub(crate) from: User,
        pub(crate) text: String,
        pub(crate) seen_by: BTreeMap<String, User>,
        pub(crate) at: (u32, f64),
    }

    /// Somebody.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct User {
        pub(crate) name: String,
        pub(crate) role: Role,
        pub(crate) boss: Option<Box<User>>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Role {
        /// May read.
        Guest,
        /// May write.
        Member,
    }

    /// Read and written alike, but for what it contains.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Draft {
        pub(crate) author: User,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Point {
        pub(crate) x: i32,
        pub(crate) y: i32,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
    pub(crate) enum Command {
        /// Draws a line.
        Draw {
            from: Point,
            to: Point,
            width: Option<u8>,
        },
        /// Wipes the board.
        Clear,
        MoveTo(Point),
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
    pub(crate) enum Answer {
        Drawn { strokes: u32, last: Option<Point> },
        Cleared,
    }
}

/// Types of consumers whose tag is `type`.
pub(crate) mod flat {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct MarkRead {
        /// The notification.
        pub(crate) id: u32,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[schemars(example = UnreadCount { unread_count: 5 })]
    pub(crate) struct UnreadCount {
        pub(crate) unread_count: u32,
    }

    /// Something happened.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Notification {
        pub(crate) id: u32,
        #[serde(flatten)]
        pub(crate) content: Content,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) link: Option<String>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Content {
        pub(crate) title: String,
        pub(crate) kind: Kind,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Kind {
        Info,
        Warning,
    }

    /// No plain object: one of several shapes.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Wrapped {
        pub(crate) id: u32,
        #[serde(flatten)]
        pub(crate) either: Either,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(untagged)]
    pub(crate) enum Either {
        Left { left: bool },
        Right { right: String },
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "type", rename_all = "snake_case")]
    pub(crate) enum Ask {
        Again { since: Option<u64> },
    }

    /// The feed.
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "type", rename_all = "snake_case")]
    pub(crate) enum Update {
        /// What was there.
        Initial {
            items: Vec<Content>,
            total: u32,
        },
        /// A new one.
        OneMore(Content),
        Strict(MarkRead),
        Nothing,
        Odd(Wrapped),
    }
}
