//! What is said on the socket, and what is published inside the server.

use realtime_runtime::prelude::*;

use crate::Notification;

// ---- from the server

/// Where things stand; the first frame of every connection.
#[message(type = "initial")]
#[example(Initial { unread_count: 1, recent: vec![Notification::example()] })]
#[example("Nothing has come yet", Initial { unread_count: 0, recent: Vec::new() })]
pub struct Initial {
    /// How many notifications are unread.
    pub unread_count: i64,
    /// At most five notifications, newest first.
    pub recent: Vec<Notification>,
}

/// A notification has arrived. The new count follows.
#[message(type = "notification")]
#[example(NewNotification { notification: Notification::example() })]
pub struct NewNotification {
    /// The notification.
    pub notification: Notification,
}

/// The number of unread notifications. Never older than one sent before.
#[message(type = "count_update")]
#[example(CountUpdate { unread_count: 3 })]
pub struct CountUpdate {
    /// How many notifications are unread.
    pub unread_count: i64,
}

/// Yes.
#[message(type = "pong")]
pub struct Pong;

// ---- from a client

/// Are you there?
#[message(type = "ping")]
pub struct Ping;

/// Mark one notification as read.
#[message(type = "mark_read")]
#[example(MarkRead { id: 7 })]
pub struct MarkRead {
    /// Which one.
    pub id: i64,
}

/// Mark all notifications as read.
#[message(type = "mark_all_read")]
pub struct MarkAllRead;

// ---- inside the server

/// A notification was stored.
#[message(type = "notified")]
pub struct Notified {
    /// The change that stored it.
    pub revision: i64,
    /// How many are unread after it.
    pub unread_count: i64,
    /// What was stored.
    pub notification: Notification,
}

/// Notifications were marked as read.
#[message(type = "count_changed")]
pub struct CountChanged {
    /// The change that did it.
    pub revision: i64,
    /// How many are unread after it.
    pub unread_count: i64,
}
