//! A consumer has two `#[on_disconnect]`.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[on_disconnect]
    async fn gone(&mut self) {}

    #[on_disconnect]
    async fn gone_again(&mut self) {}
}

fn main() {}
