//! An event handler sends what its consumer does not declare.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;
#[message(action = "pong")]
struct Pong;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[event_handler]
    async fn ping(&mut self, _: &Ping, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        cx.send(Pong).await
    }
}

fn main() {}
