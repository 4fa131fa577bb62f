//! A marker stands in an `impl` block that is no consumer.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

struct Room;

impl Room {
    #[event_handler]
    async fn ping(_: &Ping) {}
}

fn main() {}
