//! `#[event_handler]` is given an argument that it does not know.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[event_handler(group = "lobby")]
    async fn ping(_: &Ping) {}
}

fn main() {}
