//! A handler takes the context of another consumer.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

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

    #[ws_handler]
    async fn ping(_: Ping, _: &mut Context<'_, Hall>) {}
}

fn main() {}
