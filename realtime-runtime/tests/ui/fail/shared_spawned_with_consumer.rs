//! A spawned shared handler takes the consumer.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared, spawn)]
async fn ping<C: Consumer>(_: &mut C, _: Ping) {}

fn main() {}
