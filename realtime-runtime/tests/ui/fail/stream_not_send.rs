//! A stream of replies is not `Send`.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

use futures_util::stream::{self, Stream, StreamExt as _};

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> impl Stream<Item = Pong> + use<> {
        let pongs = std::rc::Rc::new(Pong);
        stream::iter([pongs]).map(|pong| Pong::clone(&pong))
    }
}

fn main() {}
