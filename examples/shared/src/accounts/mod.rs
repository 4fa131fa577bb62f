//! Users, their sessions and the key that signs cookies, in SQLite.
//!
//! An application's own tables live in the same database, so that they can refer to users.

mod open;
mod sessions;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex};

use axum_extra::extract::cookie::Key;
use sqlx::{SqliteConnection, SqlitePool};

pub use open::{OpenError, Schema};

/// A database with its users and sessions. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
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

impl Accounts {
    /// Where everything is written: one connection, whose users queue. A transaction begins with `BEGIN IMMEDIATE`.
    pub fn writer(&self) -> &SqlitePool {
        &self.inner.writer
    }

    /// Where everything is read.
    pub fn reader(&self) -> &SqlitePool {
        &self.inner.reader
    }

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

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}
