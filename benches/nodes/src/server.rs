//! A node: one consumer whose connections enter a group when they ask to, and publish to any.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use realtime_redis::Redis;
use realtime_runtime::{
    Realtime,
    prelude::*,
    presence::{Diff, Presence},
};
use tokio::net::TcpListener;

/// Where the consumer is mounted.
pub(crate) const PATH: &str = "/ws";
/// Beyond what any publisher reaches.
const FRAMES: u32 = 10_000_000;
/// Fills a frame to 100 bytes.
const TEXT: &str = "a text of twenty-six bytes";

/// Joins a group.
#[message(action = "enter")]
pub(crate) struct Enter {
    group: String,
}

/// Is present in a group.
#[message(action = "track")]
pub(crate) struct Track {
    group: String,
    user: String,
}

/// Either is done.
#[message(action = "entered")]
pub(crate) struct Entered;

/// Publishes `count` events, numbered from `from`, each when the layer has taken the one before.
#[message(action = "publish")]
pub(crate) struct Publish {
    group: String,
    publisher: usize,
    from: u64,
    count: u64,
}

/// One of them, and what members get.
#[message(action = "said")]
pub(crate) struct Said {
    publisher: usize,
    number: u64,
    text: String,
}

/// Somebody is present, or no longer.
#[message(action = "present")]
pub(crate) struct Present {
    users: usize,
}

struct Room;

#[consumer(name = "room")]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn enter(&mut self, to: Enter, cx: &mut Context<'_, Self>) -> Result<Entered, Error> {
        cx.join(&Group::new([to.group.as_str()])).await?;
        Ok(Entered)
    }

    #[ws_handler]
    async fn track(&mut self, to: Track, cx: &mut Context<'_, Self>) -> Result<Entered, Error> {
        let presence: Presence<()> = cx.presence();
        let group = Group::new([to.group.as_str()]);
        presence.track(cx, &group, to.user, ()).await?;
        Ok(Entered)
    }

    #[ws_handler]
    async fn publish(&mut self, ask: Publish, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        let group = Group::<Self>::new([ask.group.as_str()]);
        for number in ask.from..ask.from + ask.count {
            let event = Said {
                publisher: ask.publisher,
                number,
                text: TEXT.to_owned(),
            };
            group.send(cx, event).await?;
        }
        Ok(())
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }

    #[event_handler]
    async fn present(event: &Diff<()>) -> Present {
        Present {
            users: event.totals.users,
        }
    }
}

/// Serves until it is killed; without a URL, with the in-memory layer. Prints where.
pub(crate) async fn serve(redis: Option<&str>, probe: Option<Duration>) -> Result<(), String> {
    let mut builder = Realtime::builder()
        .consumer::<Room>(PATH)
        // Clients that wait for their turn read nothing, and answer no ping.
        .no_heartbeat()
        .any_origin()
        .frames_per_second(FRAMES, FRAMES);
    if let Some(url) = redis {
        let mut redis = Redis::builder(url);
        if let Some(every) = probe {
            redis = redis.probe(every);
        }
        let redis = redis.connect().await.map_err(|error| error.to_string())?;
        builder = builder.layer(redis);
    }
    let realtime = builder.build().map_err(|error| error.to_string())?;
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.map_err(|error| format!("cannot listen: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut out = io::stdout();
    let _ = writeln!(out, "{address}").and_then(|()| out.flush());
    let router = realtime.router();
    let served = realtime.serve(listener, router).await;
    served.map_err(|error| error.to_string())
}
