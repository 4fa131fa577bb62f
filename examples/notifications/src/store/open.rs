//! Opening a database, and making what a new one needs.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum_extra::extract::cookie::Key;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::{Inner, SqliteStore};

/// Names a database file as one of ours, so that another program's is refused and left as it is: "ntfy" in ASCII.
const APPLICATION_ID: i64 = 0x6e74_6679;
const SCHEMA_VERSION: i64 = 1;
const READERS: u32 = 4;
const SIGNING_KEY: &str = "signing key";
const SIGNING_KEY_LENGTH: usize = 64;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the database {}: {reason}", path.display())]
pub struct OpenError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("{0}")]
    Sqlite(#[from] sqlx::Error),
    #[error("it belongs to another program")]
    Foreign,
    #[error("it was made by a newer version of this program (schema {0}, known: {SCHEMA_VERSION})")]
    Newer(i64),
    #[error("its signing key is damaged")]
    Key,
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl SqliteStore {
    /// Opens the database file at `path`, made if it is missing. `:memory:` is a database of its own that lives as
    /// long as the store.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or made, is no SQLite database, or is not this program's.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        open(path).await.map_err(|reason| OpenError {
            path: path.to_owned(),
            reason,
        })
    }
}

async fn open(path: &Path) -> Result<SqliteStore, Reason> {
    let options = SqliteConnectOptions::new().disable_statement_logging();
    let (writer, reader, keeper) = if path == Path::new(":memory:") {
        // Parsed from this address it gets a name of its own, under which several connections find one database.
        let options =
            SqliteConnectOptions::from_str("sqlite::memory:")?.disable_statement_logging();
        let keeper = options.connect().await?;
        // Connections that share a cache lock each other out without waiting, so there is one for all.
        let pool = pool(1, options).await?;
        (pool.clone(), pool, Some(Mutex::new(keeper)))
    } else {
        let options = options
            .filename(path)
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(5))
            .journal_mode(SqliteJournalMode::Wal)
            // With a write-ahead log this loses nothing when the program dies, and is never corrupt after a power cut.
            .synchronous(SqliteSynchronous::Normal);
        check(&options).await?;
        (
            pool(1, options.clone()).await?,
            pool(READERS, options).await?,
            None,
        )
    };
    prepare(&writer).await?;
    let key = signing_key(&writer).await?;
    Ok(SqliteStore {
        inner: Arc::new(Inner {
            writer,
            reader,
            key,
            _keeper: keeper,
        }),
    })
}

async fn pool(size: u32, options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
}

/// Refuses another program's file before the journal mode, which stays in the file, is touched.
async fn check(options: &SqliteConnectOptions) -> Result<(), Reason> {
    if !options.get_filename().exists() {
        return Ok(());
    }
    let mut connection = SqliteConnectOptions::new()
        .filename(options.get_filename())
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging()
        .connect()
        .await?;
    let fresh = is_fresh(&mut connection).await;
    connection.close().await?;
    fresh.map(|_| ())
}

/// Whether the database is empty. Fails if it is neither empty nor ours.
async fn is_fresh(connection: &mut SqliteConnection) -> Result<bool, Reason> {
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await?;
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await?;
    match (application, version, tables) {
        (0, 0, 0) => Ok(true),
        (APPLICATION_ID, SCHEMA_VERSION, _) => Ok(false),
        (APPLICATION_ID, version, _) => Err(Reason::Newer(version)),
        _ => Err(Reason::Foreign),
    }
}

async fn prepare(writer: &SqlitePool) -> Result<(), Reason> {
    // Immediate: two programs that open one new file do not both find it empty.
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    if is_fresh(&mut transaction).await? {
        sqlx::raw_sql(include_str!("schema.sql"))
            .execute(&mut *transaction)
            .await?;
        sqlx::raw_sql("PRAGMA application_id = 0x6e746679; PRAGMA user_version = 1")
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn signing_key(writer: &SqlitePool) -> Result<Key, Reason> {
    let mut fresh = [0; SIGNING_KEY_LENGTH];
    getrandom::fill(&mut fresh)?;
    sqlx::query("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING")
        .bind(SIGNING_KEY)
        .bind(fresh.as_slice())
        .execute(writer)
        .await?;
    let kept: Vec<u8> = sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
        .bind(SIGNING_KEY)
        .fetch_one(writer)
        .await?;
    if kept.len() != SIGNING_KEY_LENGTH {
        return Err(Reason::Key);
    }
    Key::try_from(kept.as_slice()).map_err(|_| Reason::Key)
}
