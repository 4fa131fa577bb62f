//! Opening a database, and making what a new one needs.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum_extra::extract::cookie::Key;
use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, SqlitePool};
use tokio::time::{Instant, sleep};

use super::{Accounts, Inner};

const READERS: u32 = 4;
/// How long whoever wants to write waits for who does.
const PATIENCE: Duration = Duration::from_secs(5);
/// `SQLITE_BUSY`.
const BUSY: &str = "5";
const SIGNING_KEY: &str = "signing key";
const SIGNING_KEY_LENGTH: usize = 64;

/// What an application keeps beside its users, and how its files are told from others.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Names a database file as the application's, so that another program's is refused and left as it is. Not 0.
    pub application: i32,
    /// Makes the application's tables in a new database, after `users` (`id`, `name`), `sessions` and `settings`.
    pub tables: &'static str,
    /// What brings an older database to this schema, one step from each version to the next; the first version is 1.
    /// They may change any table: what `tables` and the shared schema make is what all steps lead to.
    pub migrations: &'static [&'static str],
}

impl Schema {
    /// The version of a new database.
    fn version(&self) -> usize {
        self.migrations.len() + 1
    }
}

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
    #[error("it was made by a newer version of this program (schema {found}, known: {known})")]
    Newer { found: i64, known: usize },
    #[error("its signing key is damaged")]
    Key,
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl Accounts {
    /// Opens the database file at `path`, made if it is missing. `:memory:` is a database of its own that lives as
    /// long as the accounts. An older database is brought to this schema first.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or made, is no SQLite database, or is not this program's.
    pub async fn open(path: &Path, schema: &Schema) -> Result<Self, OpenError> {
        open(path, schema).await.map_err(|reason| OpenError {
            path: path.to_owned(),
            reason,
        })
    }
}

async fn open(path: &Path, schema: &Schema) -> Result<Accounts, Reason> {
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
            .busy_timeout(PATIENCE)
            .journal_mode(SqliteJournalMode::Wal)
            // With a write-ahead log this loses nothing when the program dies, and is never corrupt after a power cut.
            .synchronous(SqliteSynchronous::Normal);
        check(&options, schema).await?;
        turn_on_log(&options).await?;
        (
            pool(1, options.clone()).await?,
            pool(READERS, options).await?,
            None,
        )
    };
    prepare(&writer, schema).await?;
    let key = signing_key(&writer).await?;
    Ok(Accounts {
        inner: Arc::new(Inner {
            writer,
            reader,
            key,
            _keeper: keeper,
        }),
    })
}

/// Connects once, which turns the write-ahead log on: for good, it stays in the file. SQLite does not wait for a node that does
/// the same at this moment.
async fn turn_on_log(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let error = match options.connect().await {
            Ok(connection) => return connection.close().await,
            Err(error) => error,
        };
        let code = error.as_database_error().and_then(DatabaseError::code);
        if code.as_deref() != Some(BUSY) || Instant::now() >= deadline {
            return Err(error);
        }
        sleep(Duration::from_millis(5)).await;
    }
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
async fn check(options: &SqliteConnectOptions, schema: &Schema) -> Result<(), Reason> {
    if !options.get_filename().exists() {
        return Ok(());
    }
    let mut connection = SqliteConnectOptions::new()
        .filename(options.get_filename())
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
        .connect()
        .await?;
    // In one transaction: another node may be making it now.
    let mut transaction = connection.begin().await?;
    let found = version(&mut transaction, schema).await;
    transaction.rollback().await?;
    connection.close().await?;
    found.map(|_| ())
}

/// Which version of the schema the database has; 0 is an empty one. Fails if it is neither empty nor ours.
async fn version(connection: &mut SqliteConnection, schema: &Schema) -> Result<usize, Reason> {
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await?;
    if (application, found, tables) == (0, 0, 0) {
        return Ok(0);
    }
    if application != i64::from(schema.application) {
        return Err(Reason::Foreign);
    }
    let known = schema.version();
    match usize::try_from(found) {
        Ok(version) if (1..=known).contains(&version) => Ok(version),
        _ => Err(Reason::Newer { found, known }),
    }
}

async fn prepare(writer: &SqlitePool, schema: &Schema) -> Result<(), Reason> {
    // Immediate: two programs that open one file do not both find it empty, or old.
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let steps = match version(&mut transaction, schema).await? {
        0 => {
            let id = format!("PRAGMA application_id = {}", schema.application);
            sqlx::raw_sql(AssertSqlSafe(id))
                .execute(&mut *transaction)
                .await?;
            &[include_str!("schema.sql"), schema.tables][..]
        }
        version => &schema.migrations[version - 1..],
    };
    for step in steps {
        sqlx::raw_sql(*step).execute(&mut *transaction).await?;
    }
    if !steps.is_empty() {
        let version = format!("PRAGMA user_version = {}", schema.version());
        sqlx::raw_sql(AssertSqlSafe(version))
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
