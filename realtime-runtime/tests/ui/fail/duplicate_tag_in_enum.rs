//! A variant of an enum has the tag of another handler.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
enum Command {
    Start,
    Ping,
}

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) {}

    #[ws_handler]
    async fn command(_: Command) {}
}

fn main() {}
