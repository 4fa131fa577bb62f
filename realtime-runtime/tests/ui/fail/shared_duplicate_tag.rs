//! A shared handler takes a tag that the consumer takes itself.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared)]
async fn ping(_: Ping) -> Pong {
    Pong
}

struct Room;

#[consumer(ws_handlers(ping))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn own(_: Ping) {}
}

fn main() {}
