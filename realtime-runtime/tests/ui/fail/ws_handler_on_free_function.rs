//! A marker stands on a free function.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[ws_handler]
async fn ping(_: Ping) {}

fn main() {}
