//! A handler takes a message with the other tag key.

use realtime_runtime::prelude::*;

#[message(type = "ping")]
struct Ping;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) {}
}

fn main() {}
