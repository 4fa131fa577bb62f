//! `#[consumer]` is given a name with a character that may not be in it.

use realtime_runtime::prelude::*;

struct Room;

#[consumer(name = "my room")]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
