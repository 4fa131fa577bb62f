//! Other consumers than the usual one: another tag key, handlers with `self`, users without metadata.

use std::sync::{Arc, Mutex};

use realtime_runtime::{
    prelude::*,
    presence::{Diff, PresenceError},
};
use realtime_testing::TestApp;

use crate::lobby::{GRACE, INTERVAL};

#[message(type = "changed")]
pub struct Changed {
    pub me: bool,
    pub users: usize,
    pub joined: Vec<String>,
}

#[message(type = "lend")]
pub struct Lend;

type Lent = Arc<Mutex<Vec<OwnedContext<Flat>>>>;

/// Each member is told whether it is among those who joined.
pub struct Flat {
    name: String,
}

#[consumer(tag = "type", state = Lent)]
impl Flat {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let name = cx.uri().query().unwrap_or_default().to_owned();
        let presence = cx.presence::<()>();
        presence
            .track(cx, &Group::new(["all"]), name.as_str(), ())
            .await?;
        Ok(Self { name })
    }

    /// Gives its context away.
    #[ws_handler(spawn)]
    async fn lend(_: Lend, cx: OwnedContext<Self>) {
        cx.state().clone().lock().unwrap().push(cx);
    }

    #[event_handler]
    async fn changed(&mut self, event: &Diff<()>) -> Changed {
        let joined = event.joined.iter().map(|present| present.user.clone());
        let joined: Vec<_> = joined.collect();
        Changed {
            me: joined.contains(&self.name),
            users: event.totals.users,
            joined,
        }
    }
}

fn flat() -> (Lent, Realtime, TestApp) {
    let lent = Lent::default();
    let builder = Realtime::builder().state(Arc::clone(&lent));
    let realtime = builder.consumer::<Flat>("/ws").build().unwrap();
    let app = TestApp::new(&realtime);
    (lent, realtime, app)
}

#[tokio::test]
async fn a_handler_with_self_tells_each_member_its_own() {
    let (_, _realtime, app) = flat();
    let mut ann = app.connect("/ws?ann").await.unwrap();
    app.advance(INTERVAL).await;
    let mut ben = app.connect("/ws?ben").await.unwrap();
    app.advance(INTERVAL).await;
    let of = |me, users, name: &str| Changed {
        me,
        users,
        joined: vec![name.to_owned()],
    };
    assert_eq!(
        ann.messages::<Changed>(),
        [of(true, 1, "ann"), of(false, 2, "ben")]
    );
    assert_eq!(ben.messages::<Changed>(), [of(true, 2, "ben")]);
}

#[tokio::test]
async fn what_is_told_is_captured_as_an_event_of_its_group() {
    let (_, _realtime, app) = flat();
    let capture = app.capture();
    let ann = app.connect("/ws?ann").await.unwrap();
    app.advance(INTERVAL).await;
    let _ben = app.connect("/ws?ben").await.unwrap();
    ann.disconnect().await;
    app.advance(GRACE + INTERVAL).await;
    let diffs = capture.events::<Diff<()>>();
    let left: Vec<_> = diffs
        .iter()
        .flat_map(|diff| diff.event().left.clone())
        .collect();
    assert_eq!(left, ["ann"]);
    assert!(diffs.last().unwrap().is_to(&Group::<Flat>::new(["all"])));
}

#[tokio::test]
async fn a_crowd_that_comes_at_once_is_one_event() {
    let (_, _realtime, app) = flat();
    let capture = app.capture();
    let mut crowd = Vec::new();
    for number in 0..200 {
        crowd.push(app.connect(&format!("/ws?user{number}")).await.unwrap());
    }
    app.advance(INTERVAL).await;
    let diffs = capture.events::<Diff<()>>();
    assert_eq!(diffs.len(), 1);
    assert_eq!(diffs[0].event().joined.len(), 200);
    for client in &mut crowd {
        assert_eq!(client.messages::<Changed>().len(), 1);
    }
}

#[tokio::test]
async fn a_connection_that_is_over_cannot_be_tracked() {
    let (lent, realtime, app) = flat();
    let mut ann = app.connect("/ws?ann").await.unwrap();
    ann.send(Lend).await;
    ann.disconnect().await;
    app.advance(GRACE + INTERVAL).await;
    let cx = lent.lock().unwrap().pop().unwrap();
    let all = Group::new(["all"]);
    let presence = cx.presence::<()>();
    let tracked = presence.track(&cx, &all, "ghost", ()).await;
    assert!(matches!(tracked, Err(PresenceError::Closed)));
    let presence = realtime.layer().presence::<()>();
    assert_eq!(presence.totals(&all).await.unwrap().users, 0);
}
