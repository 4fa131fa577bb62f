//! A consumer has no `#[on_connect]`.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

struct Room;

#[consumer]
impl Room {
    #[ws_handler]
    async fn ping(_: Ping) {}
}

fn main() {}
