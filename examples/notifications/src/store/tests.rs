//! Revisions, and databases of older versions.

use std::collections::BTreeMap;
use std::path::Path;

use notifications_contract::{Store, Unread};
use sqlx::Connection;

use super::{Draft, SqliteStore};

fn draft(title: &str) -> Draft {
    Draft {
        title: title.to_owned(),
        body: String::new(),
        url: None,
        category: "test".to_owned(),
    }
}

async fn store() -> SqliteStore {
    SqliteStore::open(Path::new(":memory:")).await.unwrap()
}

#[tokio::test]
async fn each_change_raises_the_revision_by_one() {
    let store = store().await;
    let ann = store.accounts().sign_in("ann").await.unwrap().user_id;
    let bob = store.accounts().sign_in("bob").await.unwrap().user_id;
    let unread = |revision, count| Unread { revision, count };
    let first = store.add("ann", &draft("1")).await.unwrap().unwrap();
    assert_eq!((first.user_id, first.unread), (ann, unread(1, 1)));
    let second = store.add("ann", &draft("2")).await.unwrap().unwrap();
    assert_eq!(second.unread, unread(2, 2));
    assert_eq!(store.add("nobody", &draft("3")).await.unwrap(), None);
    assert_eq!(
        store.mark_read(bob, first.notification.id).await.unwrap(),
        None
    );
    assert_eq!(
        store.mark_read(ann, first.notification.id).await.unwrap(),
        Some(unread(3, 1))
    );
    assert_eq!(
        store.mark_read(ann, first.notification.id).await.unwrap(),
        Some(unread(3, 1)),
        "no change"
    );
    assert_eq!(store.mark_all_read(ann).await.unwrap(), unread(4, 0));
    assert_eq!(
        store.mark_all_read(ann).await.unwrap(),
        unread(4, 0),
        "no change"
    );
    let snapshot = store.snapshot(ann, 1, None).await.unwrap();
    assert_eq!(
        (snapshot.unread, snapshot.notifications.len()),
        (unread(4, 0), 1)
    );
    assert_eq!(snapshot.notifications[0].id, second.notification.id);
    assert_eq!(
        store.snapshot(bob, 5, None).await.unwrap().unread,
        unread(0, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_has_exactly_the_changes_up_to_its_revision() {
    let directory = tempfile::tempdir().unwrap();
    for path in [Path::new(":memory:"), &directory.path().join("race.db")] {
        let store = SqliteStore::open(path).await.unwrap();
        let ann = store.accounts().sign_in("ann").await.unwrap().user_id;
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut seen = Vec::new();
                    for _ in 0..20 {
                        let stored = store.add("ann", &draft("x")).await.unwrap().unwrap();
                        seen.push((stored.unread, Some(stored.notification.id)));
                        let read = store
                            .mark_read(ann, stored.notification.id)
                            .await
                            .unwrap()
                            .unwrap();
                        seen.push((read, None));
                    }
                    seen
                })
            })
            .collect();
        let mut snapshots = Vec::new();
        while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
            snapshots.push(store.snapshot(ann, 100, None).await.unwrap());
        }
        let mut changes = BTreeMap::new();
        for writer in writers {
            for (unread, added) in writer.await.unwrap() {
                assert!(
                    changes
                        .insert(unread.revision, (unread.count, added))
                        .is_none(),
                    "a revision twice"
                );
            }
        }
        assert!(changes.keys().copied().eq(1..=160), "a revision is missing");
        for snapshot in snapshots {
            let until = changes.range(..=snapshot.unread.revision);
            let mut expected: Vec<_> = until.clone().filter_map(|(_, (_, added))| *added).collect();
            expected.reverse();
            let ids: Vec<_> = snapshot.notifications.iter().map(|one| one.id).collect();
            assert_eq!(ids, expected);
            let unread = snapshot
                .notifications
                .iter()
                .filter(|one| !one.read)
                .count();
            assert_eq!(i64::try_from(unread).unwrap(), snapshot.unread.count);
            assert_eq!(
                until.last().map_or(0, |(_, (count, _))| *count),
                snapshot.unread.count
            );
        }
        store.accounts().close().await;
    }
}

/// What version 1 of this program had in its file.
const VERSION_1: &str = include_str!("tests/version_1.sql");

const ITS_ROWS: &str = "
    PRAGMA application_id = 0x6e746679;
    PRAGMA user_version = 1;
    INSERT INTO users (id, name, revision, unread) VALUES (1, 'ann', 7, 1), (2, 'bob', 0, 0), (3, 'cat', 2, 0);
    INSERT INTO sessions (id, user_id) VALUES ('of ann', 1);
    INSERT INTO settings (name, value) VALUES ('signing key', zeroblob(64));
    INSERT INTO notifications (user_id, title, body, category, read)
        VALUES (1, 'old', '', 'test', 1), (1, 'new', '', 'test', 0), (3, 'read', '', 'test', 1);
";

/// Every column of every table, as SQLite understands it, and every index.
async fn layout(store: &SqliteStore) -> Vec<(String, String)> {
    let layout = sqlx::query_as(
        "SELECT tables.name, columns.name || ' ' || columns.type || ' ' || columns.pk || ' ' || columns.\"notnull\"
             || ' ' || coalesce(columns.dflt_value, '')
         FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'
         UNION ALL SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE type = 'index' ORDER BY 1, 2",
    );
    layout.fetch_all(store.accounts().reader()).await.unwrap()
}

#[tokio::test]
async fn a_database_of_version_1_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut old = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    for made in [VERSION_1, ITS_ROWS] {
        sqlx::raw_sql(made).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();

    // The second time there is nothing left to do.
    for _ in 0..2 {
        let store = SqliteStore::open(&path).await.unwrap();
        assert_eq!(layout(&store).await, layout(&self::store().await).await);
        assert_eq!(store.accounts().key().master(), [0; 64]);
        let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_all(store.accounts().reader());
        assert_eq!(dangling.await.unwrap().len(), 0);
        let unread = |revision, count| Unread { revision, count };
        for (user, expected, titles) in [
            (1, unread(7, 1), &["new", "old"][..]),
            (2, unread(0, 0), &[]),
            (3, unread(2, 0), &["read"]),
        ] {
            let snapshot = store.snapshot(user, 5, None).await.unwrap();
            assert_eq!(snapshot.unread, expected);
            let found: Vec<_> = snapshot
                .notifications
                .iter()
                .map(|one| &one.title)
                .collect();
            assert_eq!(found, titles);
        }
        store.accounts().close().await;
    }
    let store = SqliteStore::open(&path).await.unwrap();
    let sessions =
        sqlx::query_scalar("SELECT users.name FROM sessions JOIN users ON users.id = user_id");
    let names: Vec<String> = sessions.fetch_all(store.accounts().reader()).await.unwrap();
    assert_eq!(names, ["ann"]);
    let changed = |revision, count| Unread { revision, count };
    for (to, expected) in [("ann", changed(8, 2)), ("bob", changed(1, 1))] {
        let stored = store.add(to, &draft("more")).await.unwrap().unwrap();
        assert_eq!(stored.unread, expected, "{to}");
    }
    assert_eq!(store.mark_all_read(1).await.unwrap(), changed(9, 0));
}
