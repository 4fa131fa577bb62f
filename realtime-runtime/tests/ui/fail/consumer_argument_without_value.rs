//! `#[consumer]` is given an argument without its value.

use realtime_runtime::prelude::*;

struct Room;

#[consumer(name)]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
