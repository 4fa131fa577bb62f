//! A consumer lacks what a shared handler of events asks for.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

trait Named {}

#[event_handler(shared)]
async fn pinged<C: Consumer + Named>(_: &mut C, _: &Ping) -> Pong {
    Pong
}

struct Room;

#[consumer(event_handlers(pinged))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
