//! `#[consumer]` is given an argument twice.

use realtime_runtime::prelude::*;

struct Room;

#[consumer(name = "room", name = "hall")]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
