//! Whatever happens at once: nothing is lost, nothing comes twice, and the last count is right.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{Client, JSON};
use crate::socket::{Server, Socket};

/// Connects amid notifications; what came, until `total` of them are accounted for.
async fn listen(mut tab: Socket, total: i64) {
    let initial = tab.next().await;
    let before = initial["unread_count"].as_i64().unwrap();
    let recent = initial["recent"].as_array().unwrap();
    let recent: BTreeSet<_> = recent
        .iter()
        .map(|one| one["id"].as_i64().unwrap())
        .collect();
    assert_eq!(recent.len(), usize::try_from(before.min(5)).unwrap());
    let (mut pushed, mut count) = (BTreeSet::new(), before);
    for _ in before..total {
        let push = tab.next().await;
        assert_eq!(push["type"], "notification", "{push}");
        let id = push["notification"]["id"].as_i64().unwrap();
        assert!(!recent.contains(&id), "{id} was in the snapshot");
        assert!(pushed.insert(id), "{id} came twice");
        let update = tab.next().await;
        assert_eq!(update["type"], "count_update", "{update}");
        let newer = update["unread_count"].as_i64().unwrap();
        assert!(newer >= count, "{newer} after {count}");
        count = newer;
    }
    assert_eq!(count, total);
    tab.assert_silent().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_snapshot_and_the_pushes_after_it_meet_without_hole_or_double() {
    const SENDERS: i64 = 4;
    const EACH: i64 = 20;
    const TABS: i64 = 24;
    let directory = tempfile::tempdir().unwrap();
    let server = Server::on(&directory.path().join("races.db")).await;
    let ann = server.sign_in("ann").await;
    let senders = (0..SENDERS).map(|_| {
        let mut ann = ann.clone();
        tokio::spawn(async move {
            for _ in 0..EACH {
                ann.fire(&json!({})).await;
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    let mut watcher = ann.clone();
    let mut tabs = Vec::new();
    for n in 0..TABS {
        // Spread over all that is fired, whatever the machine's speed.
        while watcher.list("?limit=1").await["unread_count"]
            .as_i64()
            .unwrap()
            < n * SENDERS * EACH / TABS
        {}
        let tab = server.connect(&ann).await;
        tabs.push(tokio::spawn(listen(tab, SENDERS * EACH)));
    }
    for done in join_all(senders.into_iter().chain(tabs)).await {
        done.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tabs_that_mark_as_read_at_once_agree_in_the_end() {
    const TABS: usize = 4;
    let directory = tempfile::tempdir().unwrap();
    let server = Server::on(&directory.path().join("races.db")).await;
    let mut ann = server.sign_in("ann").await;
    let mut tabs = Vec::new();
    for _ in 0..TABS {
        tabs.push(server.tab(&ann).await.0);
    }
    let tabs: Vec<_> = tabs
        .into_iter()
        .enumerate()
        .map(|(n, mut tab)| {
            let mut ann = ann.clone();
            tokio::spawn(async move {
                let mut frames = Vec::new();
                for round in 0..15 {
                    let id = ann.fire(&json!({})).await["id"].clone();
                    let message = match (round + n) % 5 {
                        0 => json!({ "type": "mark_all_read" }),
                        1 => continue,
                        2 => {
                            ann.mark_read(&id).await;
                            continue;
                        }
                        _ => json!({ "type": "mark_read", "id": id }),
                    };
                    tab.send(&message).await;
                    frames.extend(tab.drain().await);
                }
                (tab, frames)
            })
        })
        .collect();
    let tabs = join_all(tabs).await;
    let count = ann.list("").await["unread_count"].clone();
    for tab in tabs {
        let (mut tab, mut frames) = tab.unwrap();
        frames.extend(tab.drain().await);
        let pushed = |one: &&Value| one["type"] == "notification";
        assert_eq!(frames.iter().filter(pushed).count(), TABS * 15);
        assert_eq!(frames.last().unwrap()["unread_count"], count);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_socket_outlives_its_session() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::on(&directory.path().join("races.db")).await;
    for round in 0..5 {
        let mut ann = server.sign_in("ann").await;
        let (first, _) = server.tab(&ann).await;
        let visitor = ann.clone();
        let signing_out = tokio::spawn(async move { ann.post("/logout", JSON, "").await });
        let mut others = vec![first];
        // Some come before the end of the session, some at the same time, some after it.
        for _ in 0..20 {
            others.push(server.connect(&visitor).await);
        }
        signing_out.await.unwrap();
        for socket in others {
            let (_, code, reason) = socket.until_closed().await;
            assert_eq!(code, 4401, "{round}: {reason}");
        }
    }
}

/// Of about 4 kB each, so many fit into what the server keeps for a slow client, and not into the buffers below it.
const BACKLOG: i64 = 230;

async fn fire_backlog(ann: &mut Client) -> Value {
    let body = "x".repeat(4000);
    let mut last = Value::Null;
    for _ in 0..BACKLOG {
        last = ann.fire(&json!({ "body": body })).await;
    }
    last
}

async fn read_backlog(tab: &mut Socket) {
    for n in 1..=BACKLOG {
        let push = tab.next().await;
        assert_eq!(push["type"], "notification", "{n}");
        let count = json!({ "type": "count_update", "unread_count": n });
        assert_eq!(tab.next().await, count);
    }
}

#[tokio::test]
async fn a_tab_that_reads_late_reads_in_order() {
    let server = Server::start().await;
    let mut ann = server.sign_in("ann").await;
    let mut tab = server.slow_tab(&ann).await;
    fire_backlog(&mut ann).await;
    read_backlog(&mut tab).await;
    tab.assert_silent().await;
}

#[tokio::test]
async fn a_tab_that_reads_late_never_reads_an_older_count_after_a_newer_one() {
    let server = Server::start().await;
    let mut ann = server.sign_in("ann").await;
    let mut tab = server.slow_tab(&ann).await;
    let last = fire_backlog(&mut ann).await;
    ann.mark_read(&last["id"]).await;
    read_backlog(&mut tab).await;
    let fewer = json!({ "type": "count_update", "unread_count": BACKLOG - 1 });
    assert_eq!(tab.next().await, fewer);
    tab.assert_silent().await;
}
