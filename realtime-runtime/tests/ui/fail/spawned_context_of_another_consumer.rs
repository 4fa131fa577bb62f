//! The context of a spawned handler is that of another consumer.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

struct Hall;

#[consumer]
impl Hall {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler(spawn)]
    async fn ping(_: Ping, _: OwnedContext<Hall>) -> Pong {
        Pong
    }
}

fn main() {}
