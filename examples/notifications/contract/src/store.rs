//! What the contract asks of a store.

use std::convert::Infallible;
use std::future::Future;

use http::HeaderMap;

use crate::{Snapshot, Unread};

/// Who is signed in, and by which session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's own identifier; a user may have several.
    pub id: String,
    /// The user's identifier.
    pub user_id: i64,
    /// The user's name.
    pub username: String,
}

/// Keeps users, their sessions and their notifications.
pub trait Store: Clone + Send + Sync + 'static {
    /// What may go wrong. It is logged, and never shown to a client.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The session that a request's headers prove, if they prove one.
    fn session(
        &self,
        headers: &HeaderMap,
    ) -> impl Future<Output = Result<Option<Session>, Self::Error>> + Send;

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

/// The store of a program that only describes itself and serves nobody: it cannot be made.
#[derive(Clone, Copy, Debug)]
pub enum NoStore {}

impl Store for NoStore {
    type Error = Infallible;

    async fn session(&self, _: &HeaderMap) -> Result<Option<Session>, Infallible> {
        match *self {}
    }

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
