//! Three handlers of one tag: two mistakes.

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

    #[ws_handler]
    async fn ping(_: Ping) {}

    #[ws_handler]
    async fn again(_: Ping) {}

    #[ws_handler]
    async fn and_again(_: Ping) {}
}

fn main() {}
