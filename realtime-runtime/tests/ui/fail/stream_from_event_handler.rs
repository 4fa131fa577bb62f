//! A handler of events returns a stream.

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

    #[event_handler]
    async fn ping(_: &Ping) -> impl Stream<Item = Pong> + use<> {
        stream::empty()
    }
}

fn main() {}
