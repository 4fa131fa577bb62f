//! The user's own types have the names of the standard library's, and of what the macros write down.

#![allow(dead_code, non_camel_case_types)]

mod std {}
mod core {}
mod serde {}
mod schemars {}

struct Result;
struct Option;
struct Vec;
struct Box;
trait Send {}
trait Sync {}
trait Default {}
trait Clone {}
trait From {}
trait Into {}
trait Future {}
trait Iterator {}
trait Reply {}
trait Fields {}
struct Ok;
struct Err;
struct Some;
struct None;
struct String;
struct Error;
struct Reject;

// The markers are read by `#[consumer]`: they need no import.
use realtime_runtime::{ClientError, Connect, Context, consumer, message};

/// Named as the parts of an expansion.
#[message(action = "incoming")]
struct Incoming;

#[message(action = "index")]
struct Index {
    value: u32,
}

#[message(type = "a")]
struct A;

#[message(action = "body")]
struct Body;

#[message(action = "handler")]
struct Handler;

#[message(action = "message")]
struct Message {
    message: u32,
}

#[derive(ClientError)]
enum Failed {
    #[client_error(code = "a", detail = "{number} and {text:?}")]
    Shown { number: u8, text: ::std::string::String },
    #[client_error(detail = "No.")]
    Caused(#[source] ::std::fmt::Error),
    #[client_error(transparent)]
    Transparent(Gone),
    #[client_error(internal)]
    Ok(::std::fmt::Error),
    #[client_error(internal)]
    None,
}

#[derive(ClientError)]
#[client_error(detail = "Gone.")]
struct Gone;

struct Consumer;

#[consumer(output(Body))]
impl Consumer {
    #[on_connect]
    async fn connect(
        cx: &mut Connect<'_, Self>,
    ) -> ::std::result::Result<Self, realtime_runtime::Reject> {
        cx.send(Body).await?;
        ::std::result::Result::Ok(Self)
    }

    #[ws_handler]
    async fn dispatch(_: Incoming) -> ::std::result::Result<Handler, Failed> {
        ::std::result::Result::Err(Failed::None)
    }

    #[ws_handler]
    async fn event(&mut self, _: Index, cx: &mut Context<'_, Self>) {
        let _ = cx;
    }

    #[ws_handler]
    async fn read(message: Message) -> Message {
        message
    }

    #[event_handler]
    async fn describe(_: &A) -> Handler {
        Handler
    }

    #[event_handler]
    async fn fan_out(&mut self, _: &Body) {}

    #[on_disconnect]
    async fn disconnect(&mut self) {}
}

fn main() {}
