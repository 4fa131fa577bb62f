//! `#[on_connect]` fails with an error that is no `Reject`.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, String> {
        Ok(Self)
    }
}

fn main() {}
