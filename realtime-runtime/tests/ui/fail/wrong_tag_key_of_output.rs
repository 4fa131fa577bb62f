//! A consumer declares an output with the other tag key, and sends it.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(type = "pong")]
struct Pong;

struct Room;

#[consumer(output(Pong))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        cx.send(Pong).await
    }
}

fn main() {}
