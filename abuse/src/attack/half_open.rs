//! Peers that are gone without a word: they answer no pings, and no close.

use std::time::Duration;

use tokio::time::Instant;

use super::{Abuse, Done, Target};
use crate::{
    server::{PING as INTERVAL, PONG as TIMEOUT},
    wire::{CLOSE, Client, PING},
};

pub(super) const ABUSE: Abuse = Abuse {
    name: "half-open sockets",
    unit: "sockets",
    promise: "a ping, then 4408 within the bounds of ping and pong, then the end of TCP",
    parallel: 60,
    pause: Duration::from_millis(100),
    bound: Duration::from_secs(20),
    episode: |target| Box::pin(episode(target)),
};

/// What a busy machine adds.
const SLACK: Duration = Duration::from_secs(3);

async fn episode(target: Target) -> Done {
    let mut client = Client::connect(target.address, "half_open").await?;
    let begun = Instant::now();
    let ping = client.next_within(INTERVAL + SLACK).await?;
    if ping.first != PING {
        return Err(format!("instead of a ping came {ping:?}"));
    }
    let close = loop {
        let found = client.next_within(TIMEOUT + SLACK).await?;
        if found.first != PING {
            break found;
        }
    };
    let took = begun.elapsed();
    if close.first != CLOSE || close.code() != Some(4408) {
        return Err(format!("instead of 4408 came {close:?}"));
    }
    if took > INTERVAL + TIMEOUT + SLACK || took + SLACK < INTERVAL + TIMEOUT {
        return Err(format!("4408 came after {took:?}"));
    }
    match client.next_within(Duration::from_secs(1) + SLACK).await {
        Err(reason) if reason.starts_with("the connection") => Ok(1),
        other => Err(format!("TCP does not end after 4408: {other:?}")),
    }
}
