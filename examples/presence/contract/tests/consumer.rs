//! The consumer by itself: nothing here waits, and nothing is left to chance. Time passes when the test says so.

use std::{convert::Infallible, time::Duration};

use example_contract::{Session, Sessions};
use http::HeaderMap;
use presence_contract::messages::{
    Person, Presence, Roster, SetStatus, SomebodyTypes, Typing, Who,
};
use realtime_runtime::{CloseCode, Realtime, Target};
use realtime_testing::{Communicator, TestApp};

/// Changes are gathered for so long.
const INTERVAL: Duration = Duration::from_millis(100);
/// Who comes back in this time has never left.
const GRACE: Duration = Duration::from_secs(10);

/// Knows nobody: in these tests connections say themselves whose they are.
#[derive(Clone)]
struct Strangers;

impl Sessions for Strangers {
    type Error = Infallible;

    async fn session(&self, _: &HeaderMap) -> Result<Option<Session>, Infallible> {
        Ok(None)
    }
}

fn example() -> (Realtime, TestApp) {
    let builder = Realtime::builder().state(Strangers);
    let realtime = presence_contract::mount::<Strangers>(builder).build();
    let realtime = realtime.expect("it can be built");
    let app = TestApp::new(&realtime);
    (realtime, app)
}

fn session(name: &str) -> Session {
    Session {
        id: format!("{name}'s session"),
        user_id: name.bytes().map(i64::from).sum(),
        username: name.to_owned(),
    }
}

/// A new tab of a user.
async fn open(app: &TestApp, name: &str) -> Communicator {
    let connecting = app.connect("/ws/presence/").identity(session(name));
    connecting.name(name).await.expect("it may connect")
}

/// A new tab of a user, once everybody has been told.
async fn settled(app: &TestApp, name: &str) -> Communicator {
    let mut tab = open(app, name).await;
    app.advance(INTERVAL).await;
    tab.drain();
    tab
}

fn counts(users: u64, connections: u64) -> Presence {
    Presence {
        users,
        connections,
        joined: Vec::new(),
        left: Vec::new(),
    }
}

fn joined(names: &[&str], counts: Presence) -> Presence {
    let joined = names.iter().map(|name| (*name).to_owned()).collect();
    Presence { joined, ..counts }
}

fn left(name: &str, counts: Presence) -> Presence {
    let left = vec![name.to_owned()];
    Presence { left, ..counts }
}

async fn roster(tab: &mut Communicator) -> Vec<(String, u64, String)> {
    let roster = tab.request::<Roster>(Who).await.expect("it is answered");
    let shown = |person: Person| (person.name, person.connections, person.status);
    roster.users.into_iter().map(shown).collect()
}

fn row(name: &str, connections: u64, status: &str) -> (String, u64, String) {
    (name.to_owned(), connections, status.to_owned())
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in() {
    let (_realtime, app) = example();
    let refused = app.connect("/ws/presence/").await.expect_err("a stranger");
    assert_eq!(refused.code(), Some(4401));
}

#[tokio::test]
async fn the_first_frame_has_the_totals_and_the_next_one_the_names() {
    let (_realtime, app) = example();
    let mut ann = open(&app, "ann").await;
    ann.expect_eq(&counts(1, 1));
    let mut ben = open(&app, "ben").await;
    ben.expect_eq(&counts(2, 2));
    ann.assert_silent();
    app.advance(INTERVAL).await;
    ann.expect_eq(&joined(&["ann", "ben"], counts(2, 2)));
    ben.expect_eq(&joined(&["ann", "ben"], counts(2, 2)));
    ann.assert_silent();
    ben.assert_silent();
}

#[tokio::test]
async fn three_tabs_are_one_user_and_closing_two_tells_nobody_anything() {
    let (_realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    let mut second = open(&app, "ann").await;
    second.expect_eq(&counts(1, 2));
    let third = open(&app, "ann").await;
    second.disconnect().await;
    third.drop_connection().await;
    app.advance(GRACE * 2).await;
    ann.assert_silent();
    assert_eq!(roster(&mut ann).await, [row("ann", 1, "online")]);
}

#[tokio::test]
async fn a_reload_tells_nobody_anything() {
    let (_realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    let ben = settled(&app, "ben").await;
    ann.drain();
    ben.disconnect().await;
    assert_eq!(
        roster(&mut ann).await,
        [row("ann", 1, "online"), row("ben", 0, "online")]
    );
    app.advance(GRACE / 2).await;
    let mut ben = open(&app, "ben").await;
    ben.expect_eq(&counts(2, 2));
    app.advance(GRACE * 2).await;
    ann.assert_silent();
    ben.assert_silent();
}

#[tokio::test]
async fn whoever_stays_away_has_left_after_the_grace() {
    let (_realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    let ben = settled(&app, "ben").await;
    ann.drain();
    ben.drop_connection().await;
    app.advance(GRACE).await;
    ann.assert_silent();
    app.advance(INTERVAL).await;
    ann.expect_eq(&left("ben", counts(1, 1)));
    ann.assert_silent();
}

#[tokio::test]
async fn signing_out_closes_the_sessions_sockets_and_counts_as_a_leave() {
    let (realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    let mut ben = settled(&app, "ben").await;
    ann.drain();
    realtime.kick(
        Target::session("ben's session"),
        CloseCode::UNAUTHENTICATED,
        "signed out",
    );
    app.settled().await;
    ben.assert_closed(CloseCode::UNAUTHENTICATED).await;
    app.advance(GRACE + INTERVAL).await;
    ann.expect_eq(&left("ben", counts(1, 1)));
}

#[tokio::test]
async fn everybody_sees_a_status() {
    let (_realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    let mut ben = settled(&app, "ben").await;
    ann.drain();
    let away = "away".to_owned();
    ben.send(SetStatus { status: away }).await;
    app.advance(INTERVAL).await;
    ann.expect_eq(&counts(2, 2));
    let expected = [row("ann", 1, "online"), row("ben", 1, "away")];
    assert_eq!(roster(&mut ann).await, expected);
    ben.expect_eq(&counts(2, 2));
    assert_eq!(roster(&mut ben).await, expected);
}

#[tokio::test]
async fn a_status_outlives_the_tab_that_said_it_but_not_the_grace() {
    let (_realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    let mut ben = settled(&app, "ben").await;
    let away = "away".to_owned();
    ben.send(SetStatus { status: away }).await;
    ben.disconnect().await;
    assert_eq!(roster(&mut ann).await[1], row("ben", 0, "away"));
    let ben = open(&app, "ben").await;
    assert_eq!(roster(&mut ann).await[1], row("ben", 1, "away"));
    ben.disconnect().await;
    app.advance(GRACE).await;
    let _ben = open(&app, "ben").await;
    assert_eq!(roster(&mut ann).await[1], row("ben", 1, "online"));
}

#[tokio::test]
async fn a_status_is_that_of_all_tabs_of_the_user() {
    let (_realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    let mut ben = settled(&app, "ben").await;
    let mut tab = settled(&app, "ben").await;
    let away = "away".to_owned();
    tab.send(SetStatus { status: away }).await;
    app.advance(INTERVAL).await;
    for client in [&mut ann, &mut ben] {
        client.drain();
    }
    tab.disconnect().await;
    app.advance(GRACE * 2).await;
    ann.assert_silent();
    assert_eq!(roster(&mut ben).await[1], row("ben", 1, "away"));
}

#[tokio::test]
async fn a_status_has_1_to_64_characters() {
    let (_realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    for (status, fits) in [
        (String::new(), false),
        ("ü".to_owned(), true),
        ("ü".repeat(64), true),
        ("x".repeat(65), false),
    ] {
        ann.send(SetStatus { status }).await;
        let errors = ann.frames();
        let codes: Vec<_> = errors
            .iter()
            .map(|frame| frame["payload"]["code"].as_str())
            .collect();
        let expected = if fits {
            vec![]
        } else {
            vec![Some("invalid_payload")]
        };
        assert_eq!(codes, expected);
        app.advance(INTERVAL).await;
        ann.drain();
    }
}

#[tokio::test]
async fn typing_is_told_to_all_connections_but_the_one() {
    let (_realtime, app) = example();
    let mut ann = settled(&app, "ann").await;
    let mut tab = settled(&app, "ann").await;
    let mut ben = settled(&app, "ben").await;
    for client in [&mut ann, &mut tab, &mut ben] {
        client.drain();
    }
    ann.send(Typing).await;
    let name = "ann".to_owned();
    tab.expect_eq(&SomebodyTypes { name: name.clone() });
    ben.expect_eq(&SomebodyTypes { name });
    ann.assert_silent();
}

#[tokio::test]
async fn whatever_the_document_promises_is_said() {
    let (realtime, app) = example();
    let document = realtime.asyncapi().expect("a document");
    let contract = app.contract(&document);
    let replayed = contract
        .connecting(|connecting| connecting.identity(session("ann")))
        .await;
    assert_eq!(replayed.without_example, [""; 0]);
    let mut ann = settled(&app, "ann").await;
    let mut ben = settled(&app, "ben").await;
    ben.send(Typing).await;
    ann.drain();
    roster(&mut ann).await;
    let status = String::new();
    ann.send(SetStatus { status }).await;
    app.gap().await;
    assert_eq!(app.unseen(), [""; 0]);
}
