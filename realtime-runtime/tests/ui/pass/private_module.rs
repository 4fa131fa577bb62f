//! Consumer and messages are private to a module, and nothing is said of it.

#![deny(warnings)]

mod chat {
    use realtime_runtime::prelude::*;

    #[message(action = "ping")]
    struct Ping;

    #[derive(Clone)]
    pub(super) struct Secret;

    pub(super) struct Room(Group<Self>);

    #[consumer(state = Secret)]
    impl Room {
        #[on_connect]
        async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
            let Secret = cx.state();
            Ok(Self(Group::new(["all"])))
        }

        #[ws_handler]
        async fn ping(&mut self, ping: Ping, cx: &mut Context<'_, Self>) -> Result<(), Error> {
            self.0.send(cx, ping).await?;
            Ok(())
        }

        #[event_handler]
        async fn pinged(event: &Ping) -> Ping {
            event.clone()
        }
    }

    pub(super) fn build() -> bool {
        Realtime::builder().state(Secret).consumer::<Room>("/ws").build().is_ok()
    }
}

fn main() {
    assert!(chat::build());
}
