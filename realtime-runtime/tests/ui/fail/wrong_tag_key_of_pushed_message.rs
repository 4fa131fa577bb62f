//! An event handler returns a message with the other tag key.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(type = "pong")]
struct Pong;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[event_handler]
    async fn ping(_: &Ping) -> Pong {
        Pong
    }
}

fn main() {}
