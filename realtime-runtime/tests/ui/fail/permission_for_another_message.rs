//! The permission of a handler is for another message.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[message(action = "pong")]
struct Pong;

struct Member;

impl HandlerPermission<Room, Ping> for Member {
    type Granted = u32;

    async fn check(_: &Ping, _: &mut Context<'_, Room>) -> Result<u32, Error> {
        Ok(1)
    }
}

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler(permission = Member)]
    async fn pong(_: Pong) {}
}

fn main() {}
