//! The items of a stream have another tag key than the consumer.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

use futures_util::stream::{self, Stream};

#[message(type = "initial")]
struct Initial;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> impl Stream<Item = Initial> {
        stream::empty()
    }
}

fn main() {}
