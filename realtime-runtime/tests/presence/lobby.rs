//! A consumer whose connections are present, each with a mood.

use std::time::Duration;

use http::request::Parts;
use realtime_runtime::{
    prelude::*,
    presence::{Diff, Present, Totals},
    schemars::JsonSchema,
    serde::{Deserialize, Serialize},
};
use realtime_testing::{Communicator, TestApp};

/// The default interval.
pub const INTERVAL: Duration = Duration::from_millis(100);
/// The default grace.
pub const GRACE: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
#[schemars(crate = "realtime_runtime::schemars")]
pub struct Mood(pub String);

/// Who was there.
#[message(action = "here")]
pub struct Here {
    pub users: usize,
    pub connections: usize,
    pub before: Vec<String>,
}

/// Who has come and gone.
#[message(action = "changed")]
#[derive(Default)]
pub struct Changed {
    pub users: usize,
    pub connections: usize,
    pub joined: Vec<String>,
    pub left: Vec<String>,
    pub updated: Vec<String>,
}

#[message(action = "feel")]
pub struct Feel {
    pub mood: String,
}

#[message(action = "feeling")]
pub struct Feeling {
    pub tracked: bool,
}

/// Leaves the group, and stays connected.
#[message(action = "hide")]
pub struct Hide;

#[message(action = "hidden")]
pub struct Hidden;

/// Is somebody else from now on.
#[message(action = "rename")]
pub struct Rename {
    pub name: String,
}

#[message(action = "renamed")]
pub struct Renamed;

/// Fails in its handler.
#[message(action = "boom")]
pub struct Boom;

/// Whoever the query says.
pub struct Guest;

impl<S: Sync> Authenticator<S> for Guest {
    type Identity = String;

    async fn authenticate(request: &mut Parts, _: &S) -> Result<String, Reject> {
        Ok(request.uri.query().unwrap_or("nobody").to_owned())
    }

    fn user(identity: &String) -> Option<String> {
        Some(identity.clone())
    }
}

pub struct Lobby;

impl Lobby {
    pub fn all() -> Group<Self> {
        Group::new(["all"])
    }
}

#[consumer(auth = Guest, output(Here))]
impl Lobby {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let name = cx.identity().clone();
        let presence = cx.presence::<Mood>();
        let found = presence
            .track_and_list(cx, &Self::all(), name.as_str(), Mood::default())
            .await?;
        match name.as_str() {
            "refused" => return Err(Reject::forbidden("not you")),
            "broken" => panic!("asked for"),
            "slow" => std::future::pending().await,
            _ => {}
        }
        let Totals { users, connections } = found.totals;
        let before = found.before.into_iter().map(|present| present.user);
        cx.send(Here {
            users,
            connections,
            before: before.collect(),
        })
        .await?;
        Ok(Self)
    }

    #[ws_handler]
    async fn feel(&mut self, message: Feel, cx: &mut Context<'_, Self>) -> Result<Feeling, Error> {
        let mood = Mood(message.mood);
        let tracked = cx.presence().update(cx, &Self::all(), mood).await?;
        Ok(Feeling { tracked })
    }

    #[ws_handler]
    async fn hide(&mut self, _: Hide, cx: &mut Context<'_, Self>) -> Hidden {
        cx.leave(&Self::all());
        Hidden
    }

    #[ws_handler]
    async fn rename(
        &mut self,
        message: Rename,
        cx: &mut Context<'_, Self>,
    ) -> Result<Renamed, Error> {
        let presence = cx.presence::<Mood>();
        let group = Self::all();
        presence
            .track(cx, &group, message.name, Mood::default())
            .await?;
        Ok(Renamed)
    }

    #[ws_handler]
    async fn boom(&mut self, _: Boom) {
        panic!("asked for");
    }

    #[event_handler]
    async fn changed(event: &Diff<Mood>) -> Changed {
        let shown = |present: &Present<Mood>| match &present.latest {
            Some(Mood(mood)) if !mood.is_empty() => format!("{} is {mood}", present.user),
            _ => present.user.clone(),
        };
        Changed {
            users: event.totals.users,
            connections: event.totals.connections,
            joined: event.joined.iter().map(shown).collect(),
            left: event.left.clone(),
            updated: event.updated.iter().map(shown).collect(),
        }
    }
}

pub fn lobby() -> (Realtime, TestApp) {
    lobby_with(|builder| builder)
}

pub fn lobby_with(set: impl FnOnce(RealtimeBuilder) -> RealtimeBuilder) -> (Realtime, TestApp) {
    let builder = Realtime::builder().consumer::<Lobby>("/ws");
    let realtime = set(builder).build().unwrap();
    let app = TestApp::new(&realtime);
    (realtime, app)
}

/// Comes in, and has read what it found.
pub async fn enter(app: &TestApp, name: &str) -> Communicator {
    let mut client = app.connect(&format!("/ws?{name}")).await.unwrap();
    client.expect::<Here>();
    client
}

/// As [`enter`], and everybody has been told.
pub async fn settle(app: &TestApp, name: &str) -> Communicator {
    let mut client = enter(app, name).await;
    app.advance(INTERVAL).await;
    client.drain();
    client
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// How many there are.
pub fn totals(users: usize, connections: usize) -> Changed {
    Changed {
        users,
        connections,
        ..Changed::default()
    }
}

pub async fn count(realtime: &Realtime) -> (usize, usize) {
    let presence = realtime.layer().presence::<Mood>();
    let Totals { users, connections } = presence.totals(&Lobby::all()).await.unwrap();
    (users, connections)
}
