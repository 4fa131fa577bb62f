//! `#[consumer]` is given an argument that it does not know.

use realtime_runtime::prelude::*;

struct Room;

#[consumer(titel = "room")]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
