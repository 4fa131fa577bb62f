//! Two messages have one tag.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "ping")]
struct Probe;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) {}

    #[ws_handler]
    async fn probe(_: Probe) {}
}

fn main() {}
