//! The server that is abused: the limits that everybody has, but a quicker heartbeat.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::routing::get;
use realtime_runtime::{prelude::*, schemars::JsonSchema, serde::Deserialize};
use tokio::{io::AsyncReadExt as _, net::TcpListener};

use crate::Outcome;

/// Time between pings, and for a pong: not the usual 25 s and 10 s, so that a short run sees who does not answer.
pub(crate) const PING: Duration = Duration::from_secs(3);
pub(crate) const PONG: Duration = Duration::from_secs(3);

/// A numbered message; `due` is when its sender meant to send it, in microseconds.
#[message(action = "say")]
pub(crate) struct Say {
    from: u32,
    number: u32,
    due: u64,
}

#[message(action = "said")]
pub(crate) struct Said {
    from: u32,
    number: u32,
    due: u64,
}

#[message(action = "ping")]
pub(crate) struct Ping;
#[message(action = "pong")]
pub(crate) struct Pong;

/// Asks for so many messages of so many bytes to everyone in the group.
#[message(action = "flood")]
pub(crate) struct Flood {
    count: u16,
    bytes: u16,
}

#[message(action = "filler")]
pub(crate) struct Filler {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
#[schemars(crate = "realtime_runtime::schemars")]
pub(crate) struct GroupPath {
    group: String,
}

/// How often a consumer began and ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    connected: Arc<AtomicUsize>,
    disconnected: Arc<AtomicUsize>,
}

/// A member of a group, well-behaved or not.
struct Member {
    group: Group<Self>,
}

#[consumer(name = "member", state = Counts, path = GroupPath)]
impl Member {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let group = Group::new(["group", &cx.path().group]);
        cx.join(&group).await?;
        cx.state().connected.fetch_add(1, Ordering::Relaxed);
        Ok(Self { group })
    }

    #[ws_handler]
    async fn say(&mut self, message: Say, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        let Say { from, number, due } = message;
        self.group.send(cx, Said { from, number, due }).await?;
        Ok(())
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn flood(&mut self, flood: Flood, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        let text = "x".repeat(flood.bytes.into());
        for _ in 0..flood.count {
            self.group.send(cx, Filler { text: text.clone() }).await?;
        }
        Ok(())
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }

    #[event_handler]
    async fn filled(event: &Filler) -> Filler {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().disconnected.fetch_add(1, Ordering::Relaxed);
    }
}

/// Serves until its input ends. Its address is the first line of its output.
pub(crate) async fn run() -> Outcome {
    let failed = |error: &dyn std::fmt::Display| format!("the server failed: {error}");
    let counts = Counts::default();
    let realtime = Realtime::builder()
        .state(counts.clone())
        .heartbeat(PING, PONG)
        .consumer::<Member>("/ws/{group}")
        .build()
        .map_err(|error| failed(&error))?;
    let of_stats = realtime.clone();
    let stats = get(move || async move {
        let [connected, disconnected] =
            [&counts.connected, &counts.disconnected].map(|count| count.load(Ordering::Relaxed));
        format!("{} {connected} {disconnected}", of_stats.connections())
    });
    let app = axum::Router::new()
        .route("/stats", stats)
        .merge(realtime.router());
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(|error| failed(&error))?;
    println!("{}", listener.local_addr().map_err(|error| failed(&error))?);
    let input_ends = async {
        let mut nothing = Vec::new();
        let _ = tokio::io::stdin().read_to_end(&mut nothing).await;
    };
    realtime
        .serve_until(listener, app, input_ends)
        .await
        .map_err(|error| failed(&error))
}
