//! Three handlers with a mistake each.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;
#[message(action = "pong")]
struct Pong;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    fn ping(_: Ping) {}

    #[ws_handler]
    async fn pong(_: &Pong) {}

    #[event_handler]
    async fn shout(_: Ping) {}
}

fn main() {}
