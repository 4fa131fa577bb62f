//! `#[on_connect]` takes the handshake by a shared reference.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
