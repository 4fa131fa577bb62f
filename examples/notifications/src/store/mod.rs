//! Notifications in SQLite, beside the accounts of their users.

mod notifications;
#[cfg(test)]
mod tests;

use std::path::Path;

use example_contract::{Session, Sessions};
use example_shared::accounts::{Accounts, OpenError, Schema};
use http::HeaderMap;
use notifications_contract::{Snapshot, Store, Unread};

pub use notifications::{Draft, Stored};

const SCHEMA: Schema = Schema {
    // "ntfy" in ASCII.
    application: 0x6e74_6679,
    tables: include_str!("schema.sql"),
    migrations: &[include_str!("migrate_1_to_2.sql")],
};

/// Everything the example remembers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    accounts: Accounts,
}

impl SqliteStore {
    /// Opens the database file at `path`, made if it is missing. `:memory:` is a database of its own that lives as
    /// long as the store.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or made, is no SQLite database, or is not this program's.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let accounts = Accounts::open(path, &SCHEMA).await?;
        Ok(Self { accounts })
    }

    /// Its users and their sessions.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}

impl Sessions for SqliteStore {
    type Error = sqlx::Error;

    async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, sqlx::Error> {
        self.accounts.session(headers).await
    }
}

impl Store for SqliteStore {
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
