//! What is stored and shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something a user should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notification {
    /// Greater than that of every notification stored before.
    pub id: i64,
    /// One line. Text, never markup.
    pub title: String,
    /// Any number of lines, perhaps none. Text, never markup.
    pub body: String,
    /// Where to read more: an `http` or `https` address, or a path on this server.
    #[schemars(extend("format" = "uri-reference"))]
    pub url: Option<String>,
    /// A word to sort by.
    pub category: String,
    /// When it was stored, in RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// Whether its user has marked it as read.
    pub read: bool,
}

impl Notification {
    /// One to show.
    pub(crate) fn example() -> Self {
        Self {
            id: 7,
            title: "Your order has shipped".to_owned(),
            body: "It should be with you on Thursday.".to_owned(),
            url: Some("/orders/42".to_owned()),
            category: "orders".to_owned(),
            created_at: "2026-01-31T09:30:00Z".to_owned(),
            read: false,
        }
    }
}

/// How many notifications of a user are unread, and after which change that was so.
///
/// Every change to a user's notifications has a revision, one higher than the change before. Of two counts the one
/// with the higher revision is the newer, in whatever order they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The change after which it was counted.
    pub revision: i64,
    /// The number of unread notifications.
    pub count: i64,
}

/// A user's notifications at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The count, and the last change that this snapshot has seen.
    pub unread: Unread,
    /// Some of the notifications, newest first.
    pub notifications: Vec<Notification>,
}
