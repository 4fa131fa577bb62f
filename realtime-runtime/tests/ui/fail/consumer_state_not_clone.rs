//! A consumer's state is not `Clone`.

use realtime_runtime::prelude::*;

struct AppState;

struct Room;

#[consumer(state = AppState)]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
