//! The future of `#[on_disconnect]` is not `Send`.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[on_disconnect]
    async fn gone(&mut self) {
        let count = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(count);
    }
}

fn main() {}
