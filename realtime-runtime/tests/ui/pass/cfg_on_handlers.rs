//! What is configured out is gone from the union, the tags and the document.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[cfg(any())]
    #[ws_handler(output(ThisTypeIsNotThere))]
    async fn gone(_: ThisTypeIsNotThere) {}

    #[ws_handler]
    #[cfg(any())]
    async fn ping(_: Ping) {}

    #[ws_handler]
    #[cfg(not(any()))]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[cfg(any())]
    #[event_handler]
    async fn event_gone(_: &ThisTypeIsNotThere) {}

    #[cfg(any())]
    #[event_handler]
    async fn ponged(_: &Pong) {}

    #[cfg(not(any()))]
    #[event_handler]
    async fn ponged(&mut self, _: &Pong) {}

    #[cfg(any())]
    #[on_disconnect]
    async fn disconnect(&mut self) {}
}

fn main() {
    let description = <Room as Consumer>::describe();
    assert_eq!(description.receives.len(), 1);
    assert_eq!(description.receives[0].replies.len(), 1);
}
