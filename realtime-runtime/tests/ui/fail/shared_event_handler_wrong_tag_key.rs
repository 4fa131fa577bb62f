//! A shared handler of events has another tag key than the consumer.

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

#[consumer(tag = "type", event_handlers(pinged))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
