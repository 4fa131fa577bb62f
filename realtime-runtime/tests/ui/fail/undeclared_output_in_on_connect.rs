//! `#[on_connect]` sends what its consumer does not declare.

use realtime_runtime::prelude::*;

#[message(action = "pong")]
struct Pong;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.send(Pong).await?;
        Ok(Self)
    }
}

fn main() {}
