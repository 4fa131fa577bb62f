//! Mistakes in the arguments and in the block.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

struct Room;

#[consumer(title = "room", tag = "kind")]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    fn ping(_: Ping) {}
}

fn main() {}
