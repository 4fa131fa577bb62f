//! Users and their sessions in SQLite; who is here is nowhere but in memory.

use std::path::Path;

use ::http::HeaderMap;
use example_contract::{Session, Sessions};
use example_shared::accounts::{Accounts, OpenError, Schema};

const SCHEMA: Schema = Schema {
    // "here" in ASCII.
    application: 0x6865_7265,
    tables: "",
    migrations: &[],
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
