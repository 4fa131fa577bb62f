//! A node dies under load.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use example_testing::{Nodes, Running, allow_open_files};
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::{interval, timeout};

use crate::{PROGRAM, tab::Tab};

/// Of each of the three kinds of users.
const USERS: usize = 250;
/// Of those who were on the killed node alone, so many stay away.
const GONE: usize = 100;

/// A user's name and session.
type User = (String, String);

fn users(kind: &str, node: &Running) -> Vec<User> {
    let name = |number| format!("{kind} {number:03}");
    let sign_in = |name: String| (name.clone(), node.sign_in(&name));
    (0..USERS).map(name).map(sign_in).collect()
}

async fn open(node: &Running, users: impl Iterator<Item = &User>) -> Vec<Tab> {
    join_all(users.map(|(name, cookie)| Tab::of(name, node, cookie))).await
}

/// Waits until everybody is listed, with as many connections as there are tabs.
async fn lists(witness: &Tab, everybody: &[&User], tabs: &[&[Tab]], limit: Duration) {
    let mut expected: BTreeMap<_, _> = everybody.iter().map(|user| (user.0.clone(), 0)).collect();
    for tab in tabs.iter().copied().flatten().chain([witness]) {
        *expected.entry(tab.name.clone()).or_default() += 1;
    }
    let expected: Vec<_> = expected.into_iter().collect();
    let listing = async {
        let mut ticks = interval(Duration::from_millis(200));
        while witness.list().await != expected {
            ticks.tick().await;
        }
    };
    if timeout(limit, listing).await.is_err() {
        let listed = witness.list().await;
        panic!("not so within {limit:?}: {expected:?}, but {listed:?}");
    }
}

/// One tab after the other types, each as soon as the one before was heard of by the next. Returns who has.
async fn type_in_turn(tabs: Arc<Vec<Tab>>, is_over: Arc<AtomicBool>) -> Vec<String> {
    let mut typed = Vec::new();
    while !is_over.load(Ordering::SeqCst) {
        let turn = typed.len() % tabs.len();
        let next = &tabs[(turn + 1) % tabs.len()];
        tabs[turn].socket.send(&json!({ "action": "typing" })).await;
        typed.push(tabs[turn].name.clone());
        // All but its own.
        let heard = typed.iter().filter(|name| **name != next.name).count();
        next.has_heard_typing(heard).await;
    }
    typed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_under_load_is_counted_out_and_takes_nothing_from_the_others() {
    allow_open_files(4096);
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let (near, both, far) = (
        users("near", &here),
        users("both", &here),
        users("far", &there),
    );
    let everybody: Vec<_> = near.iter().chain(&both).chain(&far).collect();
    // The first one hears of everybody.
    let witness = Tab::open(&here, "witness").await;
    let ours = Arc::new(open(&here, near.iter().chain(&both)).await);
    let theirs = open(&there, both.iter().chain(&far)).await;
    assert_eq!((ours.len(), theirs.len()), (500, 500));
    lists(
        &witness,
        &everybody,
        &[&ours, &theirs],
        Duration::from_secs(20),
    )
    .await;

    let is_over = Arc::new(AtomicBool::new(false));
    let typing = tokio::spawn(type_in_turn(ours.clone(), is_over.clone()));
    witness.has_heard_typing(50).await;
    there.kill();
    let killed = Instant::now();
    for tab in &theirs {
        assert_eq!(tab.socket.closed().await, None, "no close frame");
    }
    // All at once, as clients do.
    let back = open(&here, both.iter().chain(&far[GONE..])).await;

    // Its connections count no longer; those who are back count once.
    let limit = Duration::from_secs(20).saturating_sub(killed.elapsed());
    lists(&witness, &everybody, &[&ours, &back], limit).await;
    println!(
        "its connections stopped counting after {:?}",
        killed.elapsed()
    );

    let gone: Vec<_> = far[..GONE].iter().map(|(name, _)| &**name).collect();
    witness.has_heard_of_leaves(&gone).await;
    println!(
        "the last of its users had left after {:?}",
        killed.elapsed()
    );
    assert!(killed.elapsed() < Duration::from_secs(30));
    witness.counts(651, 901).await;

    is_over.store(true, Ordering::SeqCst);
    let typed = typing.await.unwrap();
    for tab in &*ours {
        let others: Vec<_> = typed.iter().filter(|name| **name != tab.name).collect();
        tab.has_heard_typing(others.len()).await;
        assert!(tab.typing().iter().eq(others), "all, once, in order");
    }
    let mut names: Vec<_> = everybody.iter().map(|(name, _)| &**name).collect();
    names.push("witness");
    names.sort_unstable();
    witness.has_heard(&names, &gone).await;
    for tab in ours.iter().chain(&back) {
        tab.has_heard_of_leaves(&gone).await;
        assert!(tab.socket.is_open());
    }
    for tab in &back {
        assert_eq!(tab.joined(), [""; 0], "nobody came anew");
    }
}
