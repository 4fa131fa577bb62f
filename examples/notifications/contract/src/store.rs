//! What the contract asks of a store.

use std::convert::Infallible;
use std::future::Future;

use example_contract::{NoSessions, Sessions};

use crate::{Snapshot, Unread};

/// Keeps users, their sessions and their notifications.
pub trait Store: Sessions {
    /// At most `limit` of the user's notifications, newest first, of those with an id below `before` if it is given.
    fn snapshot(
        &self,
        user_id: i64,
        limit: u32,
        before: Option<i64>,
    ) -> impl Future<Output = Result<Snapshot, Self::Error>> + Send;

    /// Marks one of the user's notifications as read. `None` if the user has no such notification.
    fn mark_read(
        &self,
        user_id: i64,
        notification: i64,
    ) -> impl Future<Output = Result<Option<Unread>, Self::Error>> + Send;

    /// Marks all of the user's notifications as read.
    fn mark_all_read(
        &self,
        user_id: i64,
    ) -> impl Future<Output = Result<Unread, Self::Error>> + Send;
}

impl Store for NoSessions {
    async fn snapshot(&self, _: i64, _: u32, _: Option<i64>) -> Result<Snapshot, Infallible> {
        match *self {}
    }

    async fn mark_read(&self, _: i64, _: i64) -> Result<Option<Unread>, Infallible> {
        match *self {}
    }

    async fn mark_all_read(&self, _: i64) -> Result<Unread, Infallible> {
        match *self {}
    }
}
