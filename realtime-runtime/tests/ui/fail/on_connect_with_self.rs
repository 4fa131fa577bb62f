//! `#[on_connect]` takes `self`.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(&mut self, _: &mut Connect<'_, Self>) -> Result<(), Reject> {
        Ok(())
    }
}

fn main() {}
