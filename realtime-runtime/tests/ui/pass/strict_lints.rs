//! A crate that denies all warnings, and the absence of documentation.

#![deny(warnings, missing_docs, unreachable_pub, unused, unused_qualifications)]
#![deny(missing_debug_implementations, missing_copy_implementations, rust_2018_idioms)]
#![forbid(unsafe_code)]

pub use room::{Failed, Ping, Pong, Room};

mod room {
    use realtime_runtime::prelude::*;

    /// A question.
    #[message(action = "ping")]
    #[derive(Copy)]
    pub struct Ping;

    /// An answer.
    #[message(action = "pong", skip_derive(PartialEq))]
    pub struct Pong {
        /// To whom.
        pub to: String,
    }

    /// What may happen.
    #[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum Happened {
        /// Somebody came.
        Came {
            /// Who.
            name: String,
        },
        /// Nobody did.
        Nothing,
    }

    /// What may go wrong.
    #[derive(Debug, ClientError)]
    pub enum Failed {
        /// Too much.
        #[client_error(detail = "No more than {max} are taken.")]
        TooMany {
            /// How many are taken.
            max: usize,
        },
        /// Something broke.
        #[client_error(internal)]
        Broken(String),
        /// Something that cannot be.
        #[client_error(internal)]
        Never(std::convert::Infallible),
        /// Not used any more.
        #[deprecated]
        #[client_error(internal)]
        Old,
    }

    /// A room.
    #[derive(Debug)]
    pub struct Room {
        name: String,
    }

    #[consumer(output(Pong))]
    impl Room {
        #[on_connect]
        async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
            let name = cx.uri().to_string();
            cx.send(Pong { to: name.clone() }).await?;
            Ok(Self { name })
        }

        /// Answers.
        #[ws_handler]
        async fn ping(&mut self, _: Ping) -> Result<Pong, Failed> {
            Ok(Pong { to: self.name.clone() })
        }

        #[event_handler]
        async fn happened(_: &Happened) {}
    }
}

fn main() {}
