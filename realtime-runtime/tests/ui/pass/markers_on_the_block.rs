//! `#[ws_handler]` or `#[event_handler]` on the block itself: its unmarked `async fn`s are such handlers.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

struct Room;

#[ws_handler(name = "room")]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    async fn ping(_: Ping) -> Pong {
        Self::answer()
    }

    fn answer() -> Pong {
        Pong
    }

    #[event_handler]
    async fn pinged(_: &Ping) {}
}

struct Hall;

#[event_handler]
impl Hall {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    async fn ponged(_: &Pong) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn ping(_: Ping) {}
}

fn main() {
    assert_eq!(<Room as Consumer>::NAME, "room");
    assert_eq!(<Room as Consumer>::describe().receives.len(), 1);
    assert_eq!(<Hall as Consumer>::NAME, "hall");
    assert_eq!(<Hall as Consumer>::describe().pushes.len(), 1);
}
