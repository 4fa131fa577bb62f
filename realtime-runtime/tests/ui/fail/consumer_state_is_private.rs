//! A consumer is more public than its state.

#![allow(dead_code)]

mod chat {
    use realtime_runtime::prelude::*;

    #[derive(Clone)]
    struct Secret;

    pub struct Room;

    #[consumer(state = Secret)]
    impl Room {
        #[on_connect]
        async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
            Ok(Self)
        }
    }
}

fn main() {}
