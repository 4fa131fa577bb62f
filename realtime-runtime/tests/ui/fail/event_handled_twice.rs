//! Two handlers take one event.

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

    #[event_handler]
    async fn ping(_: &Ping) {}

    #[event_handler]
    async fn ping_again(&mut self, _: &Ping) {}
}

fn main() {}
