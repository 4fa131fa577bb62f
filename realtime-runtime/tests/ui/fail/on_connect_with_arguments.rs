//! `#[on_connect]` is given arguments.

use realtime_runtime::prelude::*;

#[message(action = "pong")]
struct Pong;

struct Room;

#[consumer]
impl Room {
    #[on_connect(output(Pong))]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
