//! `#[on_connect]` takes what is no extractor.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>, _count: u32) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
