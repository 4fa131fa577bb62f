//! Users, sessions and notifications in SQLite.

mod notifications;
mod open;
mod sessions;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex};

use axum_extra::extract::cookie::Key;
use http::HeaderMap;
use notifications_contract::{Session, Snapshot, Store, Unread};
use sqlx::{SqliteConnection, SqlitePool};

pub use notifications::{Draft, Stored};
pub use open::OpenError;

/// Everything the example remembers. Cheap to clone.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    /// One connection: SQLite has one writer at a time, and here they queue in order instead of polling for the lock.
    writer: SqlitePool,
    reader: SqlitePool,
    key: Key,
    /// A database in memory lives as long as somebody has it open. The pools may replace their connections; this
    /// one is never used, and stays.
    _keeper: Option<Mutex<SqliteConnection>>,
}

impl SqliteStore {
    /// The key that signs session cookies. Made with the database and kept in it.
    pub fn key(&self) -> &Key {
        &self.inner.key
    }

    /// Writes what is still in the write-ahead log to the database file, and closes it.
    pub async fn close(&self) {
        self.inner.reader.close().await;
        self.inner.writer.close().await;
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    type Error = sqlx::Error;

    async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, sqlx::Error> {
        self.find_session(headers).await
    }

    async fn snapshot(
        &self,
        user_id: i64,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Snapshot, sqlx::Error> {
        self.read_snapshot(user_id, limit, before).await
    }

    async fn mark_read(
        &self,
        user_id: i64,
        notification: i64,
    ) -> Result<Option<Unread>, sqlx::Error> {
        self.set_read(user_id, notification).await
    }

    async fn mark_all_read(&self, user_id: i64) -> Result<Unread, sqlx::Error> {
        self.set_all_read(user_id).await
    }
}
