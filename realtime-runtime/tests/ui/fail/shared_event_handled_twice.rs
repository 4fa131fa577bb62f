//! A shared handler takes an event that the consumer takes itself.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[event_handler(shared)]
async fn pinged(_: &Ping) -> Pong {
    Pong
}

struct Room;

#[consumer(event_handlers(pinged))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[event_handler]
    async fn own(_: &Ping) {}
}

fn main() {}
