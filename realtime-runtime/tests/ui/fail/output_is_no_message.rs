//! A consumer declares an output that is no message.

use realtime_runtime::prelude::*;

struct Room;

#[consumer(output(String))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
