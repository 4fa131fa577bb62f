//! A handler of events has a permission.

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

    #[event_handler(permission = Member)]
    async fn ping(_: &Ping) {}
}

fn main() {}
