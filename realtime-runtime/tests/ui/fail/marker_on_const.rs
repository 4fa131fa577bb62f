//! A marker stands on an item that is no method.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    const PING: u32 = 1;
}

fn main() {}
