//! A consumer that is sent a lot, for the tests of what a connection may use.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{StatusCode, request::Parts};
use realtime_runtime::{HandledBy, prelude::*};
use realtime_testing::{Communicator, Connecting, TestApp};
use tokio::sync::Notify;

#[message(action = "ping")]
pub struct Ping;
#[message(action = "pong")]
pub struct Pong;
#[message(action = "wait")]
pub struct Wait;
/// Sends so many numbers beside the reply.
#[message(action = "fill")]
pub struct Fill {
    pub up_to: u32,
}
#[message(action = "number")]
pub struct Number {
    pub number: u32,
}
/// Handled by each member.
#[message(action = "own_number")]
pub struct OwnNumber {
    pub number: u32,
}
#[message(action = "price")]
pub struct Price {
    pub symbol: String,
    pub cents: u32,
}
#[message(action = "volume")]
pub struct Volume {
    pub symbol: String,
    pub pieces: u32,
}
#[message(action = "text")]
pub struct Text {
    pub text: String,
}

#[derive(Clone, Default)]
pub struct Door {
    pub asked: Arc<AtomicUsize>,
    pub gone: Arc<AtomicUsize>,
    pub entered: Arc<Notify>,
    pub open: Arc<Notify>,
}

/// Believes the header `x-user`, if there is one.
pub struct HeaderAuth;

impl Authenticator<Door> for HeaderAuth {
    type Identity = Option<String>;

    async fn authenticate(request: &mut Parts, door: &Door) -> Result<Option<String>, Reject> {
        door.asked.fetch_add(1, Ordering::SeqCst);
        let user = request.headers.get("x-user");
        let user = user.and_then(|user| user.to_str().ok()).map(str::to_owned);
        match user.as_deref() {
            Some("nobody") => Err(Reject::unauthenticated("sign in first")),
            Some("broken") => Err(std::io::Error::other("no database").into()),
            Some("panics") => panic!("as it was asked to"),
            Some("api") => Err(Reject::http(StatusCode::PAYMENT_REQUIRED)),
            Some("hangs") => {
                door.entered.notify_one();
                std::future::pending().await
            }
            _ => Ok(user),
        }
    }

    fn user(identity: &Option<String>) -> Option<String> {
        identity.clone()
    }
}

pub struct Feed;

pub fn all() -> Group<Feed> {
    Group::new(["all"])
}

#[consumer(name = "feed", state = Door, auth = HeaderAuth, groups("all"), output(Number))]
impl Feed {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        match cx.uri().query() {
            Some("panics") => panic!("as it was asked to"),
            Some("refused") => Err(Reject::forbidden("not you")),
            _ => Ok(Self),
        }
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn fill(&mut self, fill: Fill, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        for number in 1..=fill.up_to {
            cx.send(Number { number }).await?;
        }
        Ok(Pong)
    }

    #[ws_handler]
    async fn wait(&mut self, _: Wait, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().entered.notify_one();
        cx.state().open.notified().await;
        Pong
    }

    #[event_handler]
    async fn number(event: &Number) -> Number {
        event.clone()
    }

    #[event_handler]
    async fn own_number(&mut self, event: &OwnNumber) -> Number {
        let number = event.number;
        Number { number }
    }

    #[event_handler]
    async fn price(event: &Price) -> Price {
        event.clone()
    }

    #[event_handler]
    async fn volume(event: &Volume) -> Volume {
        event.clone()
    }

    #[event_handler]
    async fn text(event: &Text) -> Text {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().gone.fetch_add(1, Ordering::SeqCst);
    }
}

/// Tells when a group message is done.
pub struct Telling;

#[consumer(name = "telling", completions, groups("all"))]
impl Telling {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[event_handler]
    async fn number(event: &Number) -> Number {
        event.clone()
    }
}

pub struct World {
    pub app: TestApp,
    pub realtime: Realtime,
    pub door: Door,
}

impl World {
    pub fn connect(&self, user: &str) -> Connecting {
        self.app.connect("/ws").header("x-user", user)
    }

    pub async fn client(&self) -> Communicator {
        self.app.connect("/ws").await.unwrap()
    }

    /// Publishes; nobody has their turn meanwhile.
    pub async fn publishes<E: HandledBy<Feed>>(&self, event: E) {
        let sent = all().send(&self.realtime.layer(), event).await;
        sent.unwrap();
    }

    pub fn gone(&self) -> usize {
        self.door.gone.load(Ordering::SeqCst)
    }
}

/// The same application in memory and over TCP.
pub fn both_ways(settings: impl Fn(RealtimeBuilder) -> RealtimeBuilder) -> [World; 2] {
    [false, true].map(|over_tcp| {
        let door = Door::default();
        let builder = Realtime::builder()
            .state(door.clone())
            .consumer::<Feed>("/ws")
            .consumer::<Telling>("/telling");
        let realtime = settings(builder).build().unwrap();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        World {
            app,
            realtime,
            door,
        }
    })
}
