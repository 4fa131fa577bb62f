//! Three handlers return what they cannot.

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

    #[ws_handler(spawn)]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }

    #[ws_handler(permission = u32, tags)]
    async fn pong(&mut self, _: Pong) -> impl Stream<Item = Ping> {
        stream::empty()
    }

    #[event_handler]
    async fn pinged(_: &Ping) -> impl Stream<Item = Ping> {
        stream::empty()
    }
}

fn main() {}
