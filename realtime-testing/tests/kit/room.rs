//! A consumer with one of everything.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{Stream, StreamExt as _, stream};
use http::{StatusCode, request::Parts};
use realtime_runtime::{cause, prelude::*};
use realtime_testing::TestApp;
use tokio::sync::Notify;

#[message(action = "ping")]
pub struct Ping;
#[message(action = "pong")]
pub struct Pong;
/// Says something to everybody.
#[message(action = "say")]
pub struct Say {
    pub text: String,
}
#[message(action = "said")]
pub struct Said {
    pub text: String,
}
/// Says something to everybody else.
#[message(action = "tell")]
pub struct Tell {
    pub text: String,
}
/// Each member answers for itself, and tells everybody.
#[message(action = "greet")]
pub struct Greet {
    pub name: String,
}
#[message(action = "greeting")]
pub struct Greeting {
    pub text: String,
}
/// Waits for the gate.
#[message(action = "wait")]
pub struct Wait;
/// Waits for the gate, as a task of its own.
#[message(action = "wait_beside")]
pub struct WaitBeside;
/// Leaves a task behind that waits for the gate.
#[message(action = "leave_behind")]
pub struct LeaveBehind;
/// Numbers over time: the first at once, the others when the gate opens.
#[message(action = "count")]
pub struct Count {
    pub to: u32,
}
#[message(action = "list")]
pub struct List {
    pub to: u32,
}
#[message(action = "number")]
pub struct Number {
    pub number: u32,
}
#[message(action = "boom")]
pub struct Boom;
#[message(action = "boom_beside")]
pub struct BoomBeside;
/// An event whose handler without `self` panics.
#[message(action = "blast")]
pub struct Blast;
#[message(action = "refuse")]
pub struct Refuse;
#[message(action = "bye")]
pub struct Bye;
/// Says something later.
#[message(action = "remind")]
pub struct Remind {
    pub seconds: u64,
}
/// Everybody waits for the gate.
#[message(action = "all_wait")]
pub struct AllWait;
/// Sends an event to this connection alone.
#[message(action = "nudge")]
pub struct Nudge;
#[message(action = "kick")]
pub struct Kick {
    pub user: String,
}

#[derive(Clone, Default)]
pub struct State {
    pub gate: Arc<Notify>,
    pub left: Arc<AtomicUsize>,
    pub on_disconnect_panics: bool,
}

impl State {
    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }
}

/// Believes the cookie `user`, or the query.
pub struct Guests;

impl<S: Sync> Authenticator<S> for Guests {
    type Identity = String;

    async fn authenticate(request: &mut Parts, _: &S) -> Result<String, Reject> {
        let cookies = request.headers.get("cookie");
        let cookies = cookies.and_then(|cookies| cookies.to_str().ok());
        let cookie = cookies.and_then(|cookies| {
            let mut pairs = cookies.split("; ");
            pairs.find_map(|pair| pair.strip_prefix("user="))
        });
        let query = request.uri.query().unwrap_or_default();
        let user = cookie.or_else(|| query.split('&').find_map(|pair| pair.strip_prefix("user=")));
        match user.unwrap_or("guest") {
            "nobody" => Err(Reject::unauthenticated("sign in first")),
            "banned" => Err(Reject::forbidden("you are banned")),
            "lost" => Err(Reject::not_found("no such room")),
            "busy" => Err(Reject::close(CloseCode::TOO_MANY, "come later")),
            "unpaid" => Err(Reject::http(StatusCode::PAYMENT_REQUIRED)),
            "broken" => Err(std::io::Error::other("the secret"))?,
            "slow" => std::future::pending().await,
            "crash" => panic!("the authenticator fell over"),
            user => Ok(user.to_owned()),
        }
    }

    fn user(identity: &String) -> Option<String> {
        Some(identity.clone())
    }
}

pub struct Room;

fn all() -> Group<Room> {
    Group::new(["all"])
}

#[consumer(name = "room", state = State, auth = Guests, output(Said))]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&all()).await?;
        if cx.subprotocols().any(|offered| offered == "chat") {
            cx.select_subprotocol("chat")?;
        }
        if cx.identity() == "welcome" {
            cx.send(Said {
                text: "welcome".into(),
            })
            .await?;
        }
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn say(&mut self, say: Say, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        Ok(all().send(cx, Said { text: say.text }).await?)
    }

    #[ws_handler]
    async fn tell(&mut self, tell: Tell, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        let said = Said { text: tell.text };
        all().send(&cx.exclude_self(), said).await?;
        Ok(Pong)
    }

    #[ws_handler]
    async fn greet(&mut self, greet: Greet, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        Ok(all().send(cx, greet).await?)
    }

    #[ws_handler]
    async fn wait(&mut self, _: Wait, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().gate.notified().await;
        Pong
    }

    #[ws_handler(spawn)]
    async fn wait_beside(_: WaitBeside, cx: OwnedContext<Self>) -> Pong {
        cx.state().gate.notified().await;
        Pong
    }

    #[ws_handler]
    async fn leave_behind(&mut self, _: LeaveBehind, cx: &mut Context<'_, Self>) {
        let gate = Arc::clone(&cx.state().gate);
        tokio::spawn(cause::carry(async move { gate.notified().await }));
    }

    #[ws_handler]
    async fn count(
        &mut self,
        count: Count,
        cx: &mut Context<'_, Self>,
    ) -> impl Stream<Item = Number> + use<> {
        let gate = Arc::clone(&cx.state().gate);
        let later = stream::iter(2..=count.to).then(move |number| {
            let gate = Arc::clone(&gate);
            async move {
                gate.notified().await;
                Number { number }
            }
        });
        stream::iter([Number { number: 1 }]).chain(later)
    }

    #[ws_handler]
    async fn list(list: List) -> Vec<Number> {
        (1..=list.to).map(|number| Number { number }).collect()
    }

    #[ws_handler]
    async fn boom(&mut self, _: Boom) -> Pong {
        panic!("out of cheese")
    }

    #[ws_handler(spawn)]
    async fn boom_beside(_: BoomBeside) -> Pong {
        panic!("out of bread")
    }

    #[ws_handler]
    async fn blast(&mut self, blast: Blast, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        Ok(all().send(cx, blast).await?)
    }

    #[ws_handler]
    async fn refuse(_: Refuse) -> Result<Pong, Error> {
        Err(Error::client("no", "Not today."))
    }

    #[ws_handler]
    async fn bye(&mut self, _: Bye, cx: &mut Context<'_, Self>) {
        cx.close(CloseCode::FORBIDDEN, "enough");
    }

    #[ws_handler]
    async fn remind(&mut self, remind: Remind, cx: &mut Context<'_, Self>) -> Pong {
        let layer = cx.layer().clone();
        let text = format!("{} s have passed", remind.seconds);
        let after = Duration::from_secs(remind.seconds);
        cx.layer().after(after, async move {
            let _ = all().send(&layer, Said { text }).await;
        });
        Pong
    }

    #[ws_handler]
    async fn all_wait(&mut self, _: AllWait, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        Ok(all().send(cx, Wait).await?)
    }

    #[ws_handler]
    async fn nudge(&mut self, nudge: Nudge, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        Ok(cx.address().send(cx, nudge).await?)
    }

    #[ws_handler]
    async fn kick(&mut self, kick: Kick, cx: &mut Context<'_, Self>) {
        let target = Target::user(kick.user);
        cx.layer().kick(target, CloseCode::FORBIDDEN, "kicked");
    }

    #[event_handler]
    async fn on_said(event: &Said) -> Said {
        event.clone()
    }

    #[event_handler]
    async fn on_greet(
        &mut self,
        greet: &Greet,
        cx: &mut Context<'_, Self>,
    ) -> Result<Greeting, Error> {
        let (name, me) = (&greet.name, cx.identity());
        let text = format!("{me} has met {name}");
        all().send(cx, Said { text }).await?;
        Ok(Greeting {
            text: format!("hello {name}"),
        })
    }

    /// Ends with the gate.
    #[event_handler]
    async fn on_wait(&mut self, _: &Wait, cx: &mut Context<'_, Self>) {
        cx.state().gate.notified().await;
    }

    #[event_handler]
    async fn on_nudge(&mut self, _: &Nudge) -> Nudge {
        Nudge
    }

    #[event_handler]
    async fn on_blast(_: &Blast) -> Pong {
        panic!("out of powder")
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().left.fetch_add(1, Ordering::SeqCst);
        assert!(!cx.state().on_disconnect_panics, "the door is stuck");
    }
}

pub fn everybody() -> Group<Room> {
    all()
}

pub fn room_with(state: State) -> Realtime {
    let builder = Realtime::builder().state(state).consumer::<Room>("/ws");
    builder.build().unwrap()
}

pub fn room() -> (Realtime, State) {
    let state = State::default();
    (room_with(state.clone()), state)
}

/// The same application in memory and over TCP.
pub fn both() -> [(TestApp, State); 2] {
    let ((one, of_one), (other, of_other)) = (room(), room());
    [
        (TestApp::new(&one), of_one),
        (TestApp::new(&other).over_tcp(), of_other),
    ]
}

pub fn say(text: &str) -> Say {
    Say { text: text.into() }
}

pub fn said(text: &str) -> Said {
    Said { text: text.into() }
}
