//! The twenty messages as a consumer handles them.

use realtime_runtime::{bench, prelude::*};

#[allow(clippy::wildcard_imports, reason = "all forty")]
use crate::messages::*;

/// Answers each of the twenty.
#[derive(Debug)]
pub struct Room;

macro_rules! consumer_of {
    ($($message:ident $name:ident $tag:tt => $answer:ident $answer_tag:tt $fields:tt)*) => {
        #[consumer(name = "room")]
        impl Room {
            #[on_connect]
            async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }

            $(
                #[ws_handler]
                async fn $name(&mut self, message: $message) -> $answer {
                    message.into()
                }
            )*

            #[event_handler]
            async fn said(event: &Broadcast) -> RoomMessage {
                event.clone().into()
            }
        }
    };
}

with_pairs!(consumer_of);

/// One connection to the room.
#[derive(Debug)]
pub struct Connection {
    member: bench::Member<Room>,
    room: Room,
}

impl Connection {
    /// A connection that nobody else knows of.
    pub fn new() -> Self {
        let member = bench::Member::new(&bench::layer());
        Self { member, room: Room }
    }

    /// What a frame is answered with: a WebSocket frame.
    pub fn answer(&mut self, text: &str) -> &[u8] {
        self.member.answer(&mut self.room, text)
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}
