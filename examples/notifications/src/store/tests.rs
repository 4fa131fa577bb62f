//! Revisions, and databases in memory and in files.

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
    let ann = store.sign_in("ann").await.unwrap().user_id;
    let bob = store.sign_in("bob").await.unwrap().user_id;
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
        let ann = store.sign_in("ann").await.unwrap().user_id;
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
        store.close().await;
    }
}

#[tokio::test]
async fn a_database_in_memory_is_its_own_and_outlives_its_connections() {
    let store = store().await;
    let other = self::store().await;
    store.sign_in("ann").await.unwrap();
    assert!(other.add("ann", &draft("x")).await.unwrap().is_none());
    assert_ne!(store.key().master(), other.key().master());
    // What the pool does with a connection that failed.
    store
        .inner
        .writer
        .acquire()
        .await
        .unwrap()
        .detach()
        .close()
        .await
        .unwrap();
    assert!(store.add("ann", &draft("x")).await.unwrap().is_some());
}

#[tokio::test]
async fn another_programs_database_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("foreign.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut foreign = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    sqlx::raw_sql("CREATE TABLE theirs (x)")
        .execute(&mut foreign)
        .await
        .unwrap();
    foreign.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err().to_string();
    assert!(
        error.contains("foreign.db: it belongs to another program"),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_newer_programs_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("newer.db");
    let store = SqliteStore::open(&path).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 2")
        .execute(&store.inner.writer)
        .await
        .unwrap();
    store.close().await;
    let error = SqliteStore::open(&path).await.unwrap_err().to_string();
    assert!(error.contains("newer version"), "{error}");
}
