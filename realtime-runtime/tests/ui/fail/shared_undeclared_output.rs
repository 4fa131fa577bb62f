//! A shared handler sends what the consumer does not declare.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

#[ws_handler(shared)]
async fn ping<C: Consumer + realtime_runtime::Sends<Pong>>(_: Ping, cx: &mut Context<'_, C>) -> Result<(), Error> {
    cx.send(Pong).await
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
