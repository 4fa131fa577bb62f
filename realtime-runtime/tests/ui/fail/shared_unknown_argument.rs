//! An argument of a shared handler is unknown.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared, path = Ping)]
async fn ping(_: Ping) -> Pong {
    Pong
}

fn main() {}
