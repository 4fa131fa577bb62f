//! Consumers whose clients have credentials that end, for the tests of that.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use http::request::Parts;
use realtime_runtime::{auth::Attempt, prelude::*};
use realtime_testing::{Communicator, Connecting, TestApp};
use tokio::sync::Notify;

use crate::SECOND;

#[message(action = "ping")]
pub struct Ping;
#[message(action = "pong")]
pub struct Pong;
#[message(action = "wait")]
pub struct Wait;
#[message(action = "which")]
pub struct Which;
/// The token that the connection stands by.
#[message(action = "token")]
pub struct Token {
    pub token: String,
}
#[message(type = "hello")]
pub struct Hello;

#[derive(Clone, Default)]
pub struct Desk {
    /// What a re-check says of a user, or of a room.
    verdicts: Arc<Mutex<HashMap<String, &'static str>>>,
    pub asked: Arc<AtomicUsize>,
    gone: Arc<AtomicUsize>,
    pub entered: Arc<Notify>,
    pub open: Arc<Notify>,
}

impl Desk {
    pub fn says(&self, whom: &str, verdict: &'static str) {
        let mut verdicts = self.verdicts.lock().unwrap();
        verdicts.insert(whom.to_owned(), verdict);
    }

    async fn judge(&self, whom: &str) -> Result<(), Reject> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let verdict = self.verdicts.lock().unwrap().get(whom).copied();
        match verdict {
            Some("banned") => Err(Reject::forbidden("banned")),
            Some("signed out") => Err(Reject::unauthenticated("signed out")),
            Some("http") => Err(Reject::http(http::StatusCode::NOT_FOUND)),
            Some("broken") => Err(std::io::Error::other("the secret of the database"))?,
            Some("panics") => panic!("the secret of the database"),
            Some("hangs") => std::future::pending().await,
            _ => Ok(()),
        }
    }

    pub fn gone(&self) -> usize {
        self.gone.load(Ordering::SeqCst)
    }
}

/// A token is `user`, or `user:seconds` until it expires, with anything behind a second colon.
#[derive(Clone)]
pub struct Known {
    user: String,
    expires: Option<SystemTime>,
    pub token: String,
}

impl Known {
    fn by(token: &str) -> Result<Self, Reject> {
        let mut parts = token.split(':');
        let user = parts.next().unwrap_or_default().to_owned();
        match &*user {
            "" => return Err(Reject::unauthenticated("no token")),
            "bad" => return Err(Reject::unauthenticated("a bad token")),
            "broken" => Err(std::io::Error::other("the secret of the database"))?,
            "panics" => panic!("the secret of the database"),
            _ => {}
        }
        let seconds = parts.next().and_then(|seconds| seconds.parse().ok());
        let left = seconds.map(|seconds: i64| match u64::try_from(seconds) {
            Ok(seconds) => SystemTime::now() + SECOND * seconds as u32,
            Err(_) => SystemTime::now() - SECOND,
        });
        Ok(Self {
            user,
            expires: left,
            token: token.to_owned(),
        })
    }
}

fn token(request: &Parts) -> String {
    let token = request.headers.get("x-token");
    let token = token.and_then(|token| token.to_str().ok());
    token.unwrap_or_default().to_owned()
}

/// Tokens that may be replaced.
pub struct Tokens;

impl Authenticator<Desk> for Tokens {
    type Identity = Known;

    const REFRESHES: bool = true;

    async fn authenticate(request: &mut Parts, _: &Desk) -> Result<Known, Reject> {
        Known::by(&token(request))
    }

    fn user(identity: &Known) -> Option<String> {
        Some(identity.user.clone())
    }

    fn expires(identity: &Known) -> Option<SystemTime> {
        identity.expires
    }

    async fn refresh(_: &Known, token: &str, _: &Desk) -> Result<Known, Reject> {
        Known::by(token)
    }

    async fn recheck(identity: &Known, desk: &Desk) -> Result<(), Reject> {
        desk.judge(&identity.user).await
    }
}

/// The same, once and for all.
pub struct FixedTokens;

impl Authenticator<Desk> for FixedTokens {
    type Identity = Known;

    async fn authenticate(request: &mut Parts, _: &Desk) -> Result<Known, Reject> {
        Known::by(&token(request))
    }

    fn expires(identity: &Known) -> Option<SystemTime> {
        identity.expires
    }
}

/// Asked again for the room.
pub struct InRoom;

impl Permission<Session> for InRoom {
    type Granted = &'static str;

    async fn check(_: Attempt<'_, Session>) -> Result<&'static str, Reject> {
        Ok("room")
    }

    async fn recheck(room: &&'static str, _: &Known, desk: &Desk) -> Result<(), Reject> {
        desk.judge(room).await
    }
}

pub struct Session;

#[consumer(name = "session", state = Desk, auth = Tokens, permissions(InRoom), authentication)]
impl Session {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn wait(&mut self, _: Wait, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().entered.notify_one();
        cx.state().open.notified().await;
        Pong
    }

    #[ws_handler]
    async fn which(&mut self, _: Which, cx: &mut Context<'_, Self>) -> Token {
        let token = cx.identity().token.clone();
        Token { token }
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().gone.fetch_add(1, Ordering::SeqCst);
    }
}

/// With flat messages.
pub struct Flat;

#[consumer(name = "flat", tag = "type", state = Desk, auth = Tokens, authentication)]
impl Flat {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn hello(_: Hello) -> Hello {
        Hello
    }
}

/// Neither says who the client is nor takes fresh tokens.
pub struct Plain;

#[consumer(name = "plain", state = Desk, auth = FixedTokens)]
impl Plain {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }
}

pub fn builder() -> RealtimeBuilder {
    Realtime::builder()
        .consumer::<Session>("/ws")
        .consumer::<Flat>("/flat")
        .consumer::<Plain>("/plain")
}

pub struct World {
    pub app: TestApp,
    pub realtime: Realtime,
    pub desk: Desk,
}

impl World {
    pub fn connect(&self, path: &str, token: &str) -> Connecting {
        self.app.connect(path).header("x-token", token)
    }

    /// A client that has heard that it is known.
    pub async fn client(&self, token: &str) -> Communicator {
        let mut client = self.connect("/ws", token).await.unwrap();
        let status = client.frames()[0]["payload"]["status_code"].clone();
        assert_eq!(status, 200);
        client
    }
}

pub fn both_ways(settings: impl Fn(RealtimeBuilder) -> RealtimeBuilder) -> [World; 2] {
    [false, true].map(|over_tcp| {
        let desk = Desk::default();
        let realtime = settings(builder().state(desk.clone())).build().unwrap();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        World {
            app,
            realtime,
            desk,
        }
    })
}
