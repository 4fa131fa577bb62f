//! Other consumers than the usual one: another tag key, handlers with `self`, users without metadata.

use realtime_runtime::{prelude::*, presence::Diff};
use realtime_testing::TestApp;

use crate::lobby::{GRACE, INTERVAL};

#[message(type = "changed")]
pub struct Changed {
    pub me: bool,
    pub users: usize,
    pub joined: Vec<String>,
}

/// Each member is told whether it is among those who joined.
pub struct Flat {
    name: String,
}

#[consumer(tag = "type")]
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

#[tokio::test]
async fn a_handler_with_self_tells_each_member_its_own() {
    let realtime = Realtime::builder().consumer::<Flat>("/ws").build().unwrap();
    let app = TestApp::new(&realtime);
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
    let realtime = Realtime::builder().consumer::<Flat>("/ws").build().unwrap();
    let app = TestApp::new(&realtime);
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
