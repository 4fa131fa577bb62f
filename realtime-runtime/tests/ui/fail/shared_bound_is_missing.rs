//! A consumer lacks what a shared handler asks for.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

trait Named {}

#[ws_handler(shared)]
async fn ping<C: Consumer + Named>(_: &mut C, _: Ping) -> Pong {
    Pong
}

struct Room;

#[consumer(ws_handlers(ping))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
