//! A consumer with one of everything, for the tests of this folder.
#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unused_async
)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;
use tokio::sync::Notify;

#[message(action = "ping")]
pub struct Ping;
#[message(action = "pong")]
pub struct Pong;

/// Something to say back.
#[message(action = "say")]
pub struct Say {
    pub text: String,
    pub times: u32,
    #[serde(default)]
    pub loud: bool,
}

#[message(action = "said")]
pub struct Said {
    pub text: String,
}

/// Waits until the test lets it go on.
#[message(action = "wait")]
pub struct Wait;
#[message(action = "panic")]
pub struct Panic;
#[message(action = "fail")]
pub struct Fail;
#[message(action = "shout")]
pub struct Shout {
    pub text: String,
    pub others_only: bool,
}
#[message(action = "shouted")]
pub struct Shouted {
    pub text: String,
}
/// An event that each member handles.
#[message(action = "greet")]
pub struct Greet {
    pub name: String,
}
#[message(action = "greeting")]
pub struct Greeting {
    pub text: String,
}
#[message(action = "join")]
pub struct Join {
    pub group: String,
}
#[message(action = "leave")]
pub struct Leave {
    pub group: String,
}
/// Closes from within a handler.
#[message(action = "bye")]
pub struct Bye;

#[derive(Clone, Default)]
pub struct State {
    pub connected: Arc<AtomicUsize>,
    pub disconnected: Arc<AtomicUsize>,
    pub handled: Arc<AtomicUsize>,
    pub gate: Arc<Notify>,
    pub entered: Arc<Notify>,
}

impl State {
    pub fn disconnected(&self) -> usize {
        self.disconnected.load(Ordering::SeqCst)
    }

    pub fn handled(&self) -> usize {
        self.handled.load(Ordering::SeqCst)
    }
}

pub struct Zoo {
    me: String,
}

/// One of everything.
#[consumer(name = "zoo", state = State, output(Pong))]
impl Zoo {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.state().connected.fetch_add(1, Ordering::SeqCst);
        cx.join(&Group::new(["all"])).await?;
        let me = cx.uri().query().unwrap_or("nobody").to_owned();
        Ok(Self { me })
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().handled.fetch_add(1, Ordering::SeqCst);
        Pong
    }

    #[ws_handler]
    async fn say(message: Say) -> Said {
        let text = if message.loud {
            message.text.to_uppercase()
        } else {
            message.text
        };
        Said {
            text: text.repeat(message.times as usize),
        }
    }

    #[ws_handler]
    async fn wait(&mut self, _: Wait, cx: &mut Context<'_, Self>) -> Said {
        cx.state().entered.notify_one();
        cx.state().gate.notified().await;
        Said {
            text: "waited".into(),
        }
    }

    #[ws_handler]
    async fn panic(&mut self, _: Panic) {
        panic!("the secret of the handler");
    }

    #[ws_handler]
    async fn fail(&mut self, _: Fail) -> Result<Pong, Error> {
        Err(std::io::Error::other("the secret of the handler"))?
    }

    #[ws_handler]
    async fn shout(&mut self, message: Shout, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        let all = Group::<Self>::new(["all"]);
        let event = Shouted { text: message.text };
        if message.others_only {
            all.send(&cx.exclude_self(), event).await?;
        } else {
            all.send(cx, event).await?;
        }
        Ok(())
    }

    #[ws_handler]
    async fn join(&mut self, message: Join, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        cx.join(&Group::new([message.group])).await?;
        Ok(Pong)
    }

    #[ws_handler]
    async fn leave(&mut self, message: Leave, cx: &mut Context<'_, Self>) -> Pong {
        cx.leave(&Group::new([message.group]));
        Pong
    }

    #[ws_handler]
    async fn bye(&mut self, _: Bye, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        cx.send(Pong).await?;
        cx.close(CloseCode::FORBIDDEN, "enough");
        Ok(Pong)
    }

    #[event_handler]
    async fn shouted(event: &Shouted) -> Shouted {
        event.clone()
    }

    #[event_handler]
    async fn greeted(&mut self, event: &Greet) -> Option<Greeting> {
        (event.name != self.me).then(|| Greeting {
            text: format!("{} greets {}", event.name, self.me),
        })
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().disconnected.fetch_add(1, Ordering::SeqCst);
    }
}

pub fn zoo() -> (Realtime, State) {
    zoo_with(|builder| builder)
}

pub fn zoo_with(settings: impl FnOnce(RealtimeBuilder) -> RealtimeBuilder) -> (Realtime, State) {
    let state = State::default();
    let builder = Realtime::builder()
        .state(state.clone())
        .consumer::<Zoo>("/ws");
    (settings(builder).build().unwrap(), state)
}

/// The same application in memory and over TCP.
pub fn both_ways() -> [TestApp; 2] {
    both_ways_with(|builder| builder)
}

pub fn both_ways_with(settings: impl Fn(RealtimeBuilder) -> RealtimeBuilder) -> [TestApp; 2] {
    [
        TestApp::new(zoo_with(&settings).0),
        TestApp::new(zoo_with(&settings).0).over_tcp(),
    ]
}
