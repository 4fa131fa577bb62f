//! A consumer's path parameters can neither be read nor described.

use realtime_runtime::prelude::*;

struct RoomPath {
    room: String,
}

struct Room;

#[consumer(path = RoomPath)]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
