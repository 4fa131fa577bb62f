//! Beyond a limit there is an error that says so, and nobody is half there.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use realtime_runtime::{
    PublishError,
    prelude::*,
    presence::{Diff, PresenceError},
};
use realtime_testing::TestApp;

use crate::lobby::{Feel, GRACE, Lobby, Mood, Rename, count, enter, lobby, lobby_with, settle};

#[message(action = "changed")]
pub struct Changed {
    pub users: usize,
}

/// Tracks what its query says, in a group for each, and keeps what comes of it.
pub struct Desk;

type Outcomes = Arc<Mutex<Vec<Result<usize, PresenceError>>>>;

#[consumer(state = Outcomes)]
impl Desk {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let outcomes = cx.state().clone();
        let query = cx.uri().query().unwrap_or_default().to_owned();
        let presence = cx.presence::<String>();
        for part in query.split('&') {
            let (group, said) = part.split_once('=').unwrap_or_default();
            let (user, metadata) = said.split_once('-').unwrap_or((said, ""));
            let group = Group::new([group]);
            let tracked = presence.track(cx, &group, user, metadata.to_owned()).await;
            let outcome = tracked.map(|totals| totals.users);
            outcomes.lock().unwrap().push(outcome);
        }
        Ok(Self)
    }

    #[event_handler]
    async fn changed(event: &Diff<String>) -> Changed {
        Changed {
            users: event.totals.users,
        }
    }
}

fn desk(set: impl FnOnce(RealtimeBuilder) -> RealtimeBuilder) -> (TestApp, Outcomes) {
    let outcomes = Outcomes::default();
    let builder = Realtime::builder().state(Arc::clone(&outcomes));
    let builder = builder.consumer::<Desk>("/ws");
    let realtime = set(builder).build().unwrap();
    (TestApp::new(&realtime), outcomes)
}

async fn outcomes(
    set: impl FnOnce(RealtimeBuilder) -> RealtimeBuilder,
    queries: &[&str],
) -> Vec<String> {
    let (app, outcomes) = desk(set);
    let mut clients = Vec::new();
    for query in queries {
        clients.push(app.connect(&format!("/ws?{query}")).await.unwrap());
    }
    let outcomes = std::mem::take(&mut *outcomes.lock().unwrap());
    let shown = outcomes.into_iter().map(|outcome| match outcome {
        Ok(users) => users.to_string(),
        Err(error) => error.to_string(),
    });
    shown.collect()
}

#[tokio::test]
async fn a_full_group_takes_nobody_more() {
    let set = |builder: RealtimeBuilder| builder.presence_entries(2);
    let found = outcomes(set, &["a=ann", "a=ann", "a=ben", "b=ben"]).await;
    let full = "a group may have 2 present at most";
    assert_eq!(found, ["1", "1", full, "1"]);
}

#[tokio::test]
async fn metadata_is_bounded_by_its_json() {
    let set = |builder: RealtimeBuilder| builder.presence_metadata(5);
    let found = outcomes(set, &["a=ann-123&a=ann-1234"]).await;
    assert_eq!(found, ["1", "metadata may have 5 bytes at most"]);
}

#[tokio::test]
async fn names_are_bounded() {
    let longest = format!("a={}", "x".repeat(256));
    let longer = format!("a={}", "x".repeat(257));
    let found = outcomes(|builder| builder, &[&longest, &longer]).await;
    assert_eq!(found, ["1", "a name of a user may have 256 bytes at most"]);
}

#[tokio::test]
async fn the_limit_of_groups_holds_for_presence_too() {
    let set = |builder: RealtimeBuilder| builder.max_groups(1);
    let found = outcomes(set, &["a=ann&b=ann&a=ann"]).await;
    assert_eq!(found, ["1", "a connection may be in 1 groups at most", "1"]);
}

#[tokio::test]
async fn who_may_not_be_somebody_else_stays_who_it_was() {
    let (realtime, app) = lobby_with(|builder| builder.presence_entries(1));
    let mut ann = settle(&app, "ann").await;
    ann.send(Rename { name: "eve".into() }).await;
    let answer: serde_json::Value = ann.frames().remove(0);
    assert_eq!(answer["payload"]["code"], "internal");
    assert_eq!(count(&realtime).await, (1, 1));
    app.advance(GRACE * 2).await;
    let presence = realtime.layer().presence::<Mood>();
    assert!(presence.is_present(&Lobby::all(), "ann").await.unwrap());
}

#[tokio::test]
async fn who_was_not_taken_does_not_hear_of_the_others() {
    let (app, _) = desk(|builder| builder.presence_entries(1));
    let mut ann = app.connect("/ws?a=ann").await.unwrap();
    let ben = app.connect("/ws?a=ben").await.unwrap();
    app.advance(Duration::from_secs(1)).await;
    ann.expect_eq(&Changed { users: 1 });
    ben.assert_silent();
}

#[tokio::test]
async fn without_a_grace_users_leave_at_once() {
    let (realtime, app) = lobby_with(|builder| builder.presence_grace(Duration::ZERO));
    let ann = enter(&app, "ann").await;
    ann.disconnect().await;
    assert_eq!(count(&realtime).await, (0, 0));
}

#[tokio::test]
async fn where_the_layer_cannot_be_reached_presence_says_so() {
    let (realtime, app) = lobby();
    let mut ann = enter(&app, "ann").await;
    app.fail_layer();
    let presence = realtime.layer().presence::<Mood>();
    let asked = presence.totals(&Lobby::all()).await;
    assert!(matches!(
        asked,
        Err(PresenceError::Unavailable(PublishError::Unavailable))
    ));
    ann.send(Feel { mood: "sad".into() }).await;
    let answer: serde_json::Value = ann.frames().remove(0);
    assert_eq!(answer["payload"]["code"], "internal");
    assert_eq!(app.connect("/ws?ben").await.unwrap_err().code(), Some(1011));
    app.heal_layer();
    assert_eq!(count(&realtime).await, (1, 1));
}
