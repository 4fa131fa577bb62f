//! A shared handler returns something that is no reply.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared)]
async fn ping(_: Ping) -> u32 {
    1
}

fn main() {}
