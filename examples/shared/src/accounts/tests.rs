//! Databases: new ones, older ones, and those of others.

use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use super::{Accounts, Schema};

const SCHEMA: Schema = Schema {
    application: 7,
    tables: "CREATE TABLE notes (user_id INTEGER REFERENCES users (id), text TEXT)",
    migrations: &[],
};

async fn open(path: &Path) -> Result<Accounts, String> {
    let opened = Accounts::open(path, &SCHEMA).await;
    opened.map_err(|error| error.to_string())
}

async fn note(accounts: &Accounts, user: i64) -> Result<(), sqlx::Error> {
    let note = sqlx::query("INSERT INTO notes VALUES (?, 'x')").bind(user);
    note.execute(accounts.writer()).await.map(drop)
}

async fn notes(accounts: &Accounts) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM notes");
    count.fetch_one(accounts.reader()).await.unwrap()
}

#[tokio::test]
async fn a_database_in_memory_is_its_own_and_outlives_its_connections() {
    let here = open(Path::new(":memory:")).await.unwrap();
    let other = open(Path::new(":memory:")).await.unwrap();
    let ann = here.sign_in("ann").await.unwrap().user_id;
    note(&here, ann).await.unwrap();
    assert!(note(&other, ann).await.is_err(), "there is no such user");
    assert_ne!(here.key().master(), other.key().master());
    // What the pool does with a connection that failed.
    let connection = here.writer().acquire().await.unwrap();
    connection.detach().close().await.unwrap();
    assert_eq!(notes(&here).await, 1);
}

#[tokio::test]
async fn another_programs_database_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    for (name, made) in [
        ("foreign.db", "CREATE TABLE theirs (x)"),
        (
            "named.db",
            "CREATE TABLE theirs (x); PRAGMA application_id = 8; PRAGMA user_version = 1",
        ),
    ] {
        let path = directory.path().join(name);
        make(&path, made).await;
        let before = std::fs::read(&path).unwrap();
        let error = open(&path).await.unwrap_err();
        assert!(
            error.contains(&format!("{name}: it belongs to another program")),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
}

async fn make(path: &Path, made: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(made).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_newer_programs_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("newer.db");
    open(&path).await.unwrap().close().await;
    make(&path, "PRAGMA user_version = 2").await;
    let error = open(&path).await.unwrap_err();
    assert!(
        error.contains("newer version of this program (schema 2, known: 1)"),
        "{error}"
    );
}

#[tokio::test]
async fn an_older_database_goes_all_the_way_or_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("older.db");
    let first = open(&path).await.unwrap();
    let ann = first.sign_in("ann").await.unwrap().user_id;
    note(&first, ann).await.unwrap();
    first.close().await;

    let broken = Schema {
        migrations: &["DELETE FROM notes", "no statement"],
        ..SCHEMA
    };
    assert!(Accounts::open(&path, &broken).await.is_err());
    let same = open(&path).await.unwrap();
    assert_eq!(notes(&same).await, 1, "the first step was taken back");
    same.close().await;

    let mended = Schema {
        migrations: &[
            "ALTER TABLE notes ADD COLUMN read INTEGER",
            "INSERT INTO notes SELECT user_id, text, 1 FROM notes",
        ],
        ..SCHEMA
    };
    // Each step is taken once.
    for _ in 0..2 {
        let newest = Accounts::open(&path, &mended).await.unwrap();
        assert_eq!(notes(&newest).await, 2);
        newest.close().await;
    }
    assert!(open(&path).await.unwrap_err().contains("newer version"));
}

/// Nodes of one application are started on one file, perhaps a new one, and at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_open_a_database_at_once_all_find_it_made() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let path = directory.path().join(format!("{round}.db"));
        let opening = (0..4).map(|_| {
            let path = path.clone();
            tokio::spawn(async move { open(&path).await })
        });
        let mut keys = Vec::new();
        for node in opening.collect::<Vec<_>>() {
            let accounts = node.await.unwrap().unwrap();
            keys.push(accounts.key().master().to_vec());
        }
        keys.dedup();
        assert_eq!(keys.len(), 1, "all sign with one key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_write_at_once_wait_for_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shared.db");
    let mut writing = Vec::new();
    for node in 0..4 {
        let accounts = open(&path).await.unwrap();
        writing.push(tokio::spawn(async move {
            for number in 0..50 {
                let session = accounts.sign_in(&format!("{node} {number}")).await?;
                note(&accounts, session.user_id).await?;
                accounts.sign_out(&session.id).await?;
            }
            Ok::<_, sqlx::Error>(())
        }));
    }
    for node in writing {
        node.await.unwrap().unwrap();
    }
    assert_eq!(notes(&open(&path).await.unwrap()).await, 200);
}
