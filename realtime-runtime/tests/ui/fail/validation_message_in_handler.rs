//! A message whose rules need a context is handled.

use realtime_runtime::prelude::*;

struct Limits;

#[message(action = "chat")]
#[garde(context(Limits))]
struct Chat {
    #[garde(length(min = 1))]
    text: String,
}

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn chat(_: Chat) {}
}

fn main() {}
