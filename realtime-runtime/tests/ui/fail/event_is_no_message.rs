//! An event handler takes what is no message.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[event_handler]
    async fn ping(_: &String) {}
}

fn main() {}
