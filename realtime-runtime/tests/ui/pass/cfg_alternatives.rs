//! What several handlers say of one type holds for those that `#[cfg]` leaves there; and a group's key from a macro.

use realtime_runtime::prelude::*;

#[message(action = "a")]
pub struct A;
#[message(action = "b")]
pub struct B;
#[message(action = "out")]
pub struct Out;
#[message(action = "event")]
pub struct Event;

macro_rules! consumer {
    ($name:ident, $key:literal) => {
        pub struct $name;

        #[consumer(forward(Event), groups($key))]
        impl $name {
            #[on_connect]
            async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }

            #[cfg(any())]
            #[ws_handler(output(Out))]
            async fn a(_: A, cx: &mut Context<'_, Self>) -> Result<(), Error> {
                cx.send(Out).await
            }

            #[ws_handler(output(Out))]
            async fn b(_: B, cx: &mut Context<'_, Self>) -> Result<(), Error> {
                cx.send(Out).await
            }

            #[cfg(any())]
            #[event_handler]
            async fn one(event: &Event) -> Event {
                event.clone()
            }

            #[cfg(all())]
            #[event_handler]
            async fn other(&mut self, event: &Event) -> Event {
                event.clone()
            }
        }
    };
}

consumer!(Made, "everybody");

fn main() {}
