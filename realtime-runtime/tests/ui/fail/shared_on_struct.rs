//! A struct is shared.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared)]
struct Handler;

fn main() {}
