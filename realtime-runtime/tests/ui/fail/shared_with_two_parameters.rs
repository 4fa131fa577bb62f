//! A shared handler has two generic parameters.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared)]
async fn ping<C: Consumer, T>(_: &mut C, _: Ping) -> Pong {
    Pong
}

fn main() {}
