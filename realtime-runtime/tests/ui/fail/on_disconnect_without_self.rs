//! `#[on_disconnect]` takes no `self`.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[on_disconnect]
    async fn gone() {}
}

fn main() {}
