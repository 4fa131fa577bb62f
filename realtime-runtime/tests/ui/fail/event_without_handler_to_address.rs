//! An event goes to one connection, whose consumer has no handler for it.

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
}

fn main() {}

async fn announce(address: Address<Room>, layer: ChannelLayer) {
    let _ = address.send(&layer, Ping).await;
}
