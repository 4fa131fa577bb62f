//! `#[on_connect]` returns no `Result`.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Self {
        Self
    }
}

fn main() {}
