//! RFC 6455 frame by frame, on raw sockets: what must hold where the Autobahn test suite cannot be run.
#![allow(missing_docs)]

mod breaches;
mod closing;
mod control;
mod echo;
mod fragments;
mod opening;
mod utf8;

// What `conformance-echo` serves.
#[path = "../../../conformance/echo/src/consumer.rs"]
mod consumer;
#[path = "../raw/mod.rs"]
mod raw;
#[path = "../support/mod.rs"]
mod support;

use raw::{Raw, Server, close, text, watched};
use realtime_runtime::Realtime;
use support::{State, zoo_with};
use tokio::io::AsyncWriteExt as _;

const ASK: &str = r#"{"action":"ping"}"#;
const ANSWER: &str = r#"{"action":"pong"}"#;

async fn served() -> (Server, Realtime, State) {
    let (realtime, state) = zoo_with(realtime_runtime::RealtimeBuilder::unlimited_frames);
    (Server::new(&realtime).await, realtime, state)
}

async fn asks_and_hears(client: &mut Raw) {
    client.sends(&text(ASK)).await;
    client.expect_text(ANSWER).await;
}

/// Sends frames that break a rule; the server says so and ends the connection.
async fn breaks(server: &Server, frames: &[u8], code: u16) {
    let mut client = server.client().await;
    asks_and_hears(&mut client).await;
    client.sends(frames).await;
    client.expect_close(code).await;
    client.sends(&close(code, b"")).await;
    client.stream.shutdown().await.unwrap();
    client.expect_end().await;
}

/// Sends a close that breaks a rule: it is the peer's close, so the server says what is wrong and is done.
async fn breaks_with_a_close(server: &Server, frame: &[u8]) {
    let mut client = server.client().await;
    client.sends(frame).await;
    client.expect_close(1002).await;
    client.expect_end().await;
}

/// Until nothing of a connection is left.
async fn gone(realtime: &Realtime, state: &State, disconnected: usize) {
    watched(async {
        while realtime.connections() > 0 || state.disconnected() < disconnected {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(state.disconnected(), disconnected);
}
