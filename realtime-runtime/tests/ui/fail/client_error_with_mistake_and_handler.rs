//! An error with a mistake is returned by a handler: the mistake is reported, the handler is not.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

#[derive(ClientError)]
enum ChatError {
    Muted,
}

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Result<(), ChatError> {
        Err(ChatError::Muted)
    }
}

fn main() {}
