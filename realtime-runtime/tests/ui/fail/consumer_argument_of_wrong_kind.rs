//! `#[consumer]` is given a list as if it were a value.

use realtime_runtime::prelude::*;

struct Room;

#[consumer(output = Ping)]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
