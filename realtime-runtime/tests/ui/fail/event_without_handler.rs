//! An event goes to a consumer that has no handler for it.

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

async fn announce(layer: ChannelLayer) {
    let _ = Group::<Room>::new(["lobby"]).send(&layer, Ping).await;
}
