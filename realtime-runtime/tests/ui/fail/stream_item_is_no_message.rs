//! The items of a stream are no messages.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

use futures_util::stream::{self, Stream};

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> impl Stream<Item = u32> + use<> {
        stream::empty()
    }
}

fn main() {}
