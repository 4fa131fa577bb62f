//! `#[consumer]` is given a tag key that does not exist.

use realtime_runtime::prelude::*;

struct Room;

#[consumer(tag = "kind")]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
