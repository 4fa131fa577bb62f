//! The context stands before the event.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[event_handler]
    async fn ping(&mut self, _: &mut Context<'_, Self>, _: &Ping) {}
}

fn main() {}
