//! A consumer is not `Send`.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

struct Room(std::rc::Rc<u32>);

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self(std::rc::Rc::new(1)))
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) {}
}

fn main() {}
