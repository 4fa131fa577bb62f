//! A shared handler has another tag key than the consumer.

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

#[consumer(tag = "type", ws_handlers(ping))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
