//! A shared handler is not async.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared)]
fn ping(_: Ping) -> Pong {
    Pong
}

fn main() {}
