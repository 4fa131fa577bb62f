//! The runtime is known under another path.

mod vendor {
    pub mod realtime {
        pub use realtime_runtime::*;
    }
}

use vendor::realtime::prelude::*;

#[message(action = "ping", crate = crate::vendor::realtime)]
struct Ping {
    times: u32,
}

#[message(type = "pong", crate = vendor::realtime)]
struct Pong;

#[derive(ClientError)]
#[client_error(crate = crate::vendor::realtime, internal)]
struct Broken(std::fmt::Error);

#[derive(ClientError)]
#[client_error(crate = vendor::realtime)]
enum Failed {
    #[client_error(detail = "It is away.")]
    Away(#[source] std::fmt::Error),
    #[client_error(transparent)]
    Broken(Broken),
}

struct Room;

#[consumer(crate = crate::vendor::realtime, output(Ping))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(message: Ping) -> Option<Ping> {
        (message.times > 0).then(|| Ping { times: message.times - 1 })
    }

    #[event_handler]
    async fn ponged(_: &Pong) {}
}

fn main() {}
