//! `#[on_connect]` does not take the handshake.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect() -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
