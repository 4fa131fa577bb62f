//! `#[consumer]` is given a name that is no string.

use realtime_runtime::prelude::*;

struct Room;

#[consumer(name = room)]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
