//! A shared handler takes something that is no message.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared)]
async fn ping(_: u32) -> Pong {
    Pong
}

fn main() {}
