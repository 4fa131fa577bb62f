//! A shared handler declares what it sends.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared, output(Pong))]
async fn ping(_: Ping) {}

fn main() {}
