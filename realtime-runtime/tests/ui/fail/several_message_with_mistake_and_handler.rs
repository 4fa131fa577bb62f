//! A message has a mistake; its handler is not reported as well.

use realtime_runtime::prelude::*;

#[message(action = "two words")]
struct Chat;

#[message(action = "error")]
struct Said;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn chat(_: Chat) -> Said {
        Said
    }
}

fn main() {}
