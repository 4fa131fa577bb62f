//! A consumer's `auth` is no authenticator.

use realtime_runtime::prelude::*;

struct Session;

struct Room;

#[consumer(auth = Session)]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
