//! Typed WebSocket consumers on tokio and axum, with AsyncAPI.
//!
//! A consumer is a type with one value for each connection. Its methods are handlers: `#[ws_handler]` for messages that
//! a client sends, `#[event_handler]` for events that come from anywhere in the application.
//!
//! ```
//! use realtime_runtime::prelude::*;
//!
//! /// Somebody says something.
//! #[message(action = "chat")]
//! pub struct Chat {
//!     pub text: String,
//! }
//!
//! #[message(action = "chat_message")]
//! pub struct ChatMessage {
//!     pub text: String,
//! }
//!
//! pub struct Room {
//!     group: Group<Self>,
//! }
//!
//! #[consumer(name = "room")]
//! impl Room {
//!     #[on_connect]
//!     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
//!         let group = Group::new(["lobby"]);
//!         cx.join(&group).await?;
//!         Ok(Self { group })
//!     }
//!
//!     /// Say something to everyone in the room.
//!     #[ws_handler]
//!     async fn chat(&mut self, message: Chat, cx: &mut Context<'_, Self>) -> Result<(), Error> {
//!         self.group.send(cx, message).await?;
//!         Ok(())
//!     }
//!
//!     #[event_handler]
//!     async fn said(event: &Chat) -> ChatMessage {
//!         ChatMessage { text: event.text.clone() }
//!     }
//! }
//!
//! # fn main() -> Result<(), Error> {
//! let realtime = Realtime::builder().consumer::<Room>("/ws").build()?;
//! let app: axum::Router = realtime.router();
//! # Ok(()) }
//! ```
//!
//! What travels on the wire, which limits hold and what a client is told is in the book under `docs/`.

// The consumer that is fuzzed is written with the macros, which name the crate from outside.
#[cfg(any(test, fuzzing))]
extern crate self as realtime_runtime;

pub mod asyncapi;
pub mod auth;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
pub mod cause;
mod connection;
mod consumer;
mod context;
mod describe;
#[cfg(feature = "docs")]
mod docs;
mod error;
#[doc(hidden)]
pub mod expect;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
pub mod hook;
mod layer;
pub mod message;
pub(crate) mod meters;
mod panic;
pub mod presence;
mod server;
mod stand_in;
pub mod wire;

pub use auth::{Authenticator, HandlerPermission, Permission, Reject, Target};
pub use connection::{ConnectionId, KeyOf, OutboxPolicy, Waiting};
pub use consumer::{
    Consumer, Description, FanOut, HandledBy, HandlesEvent, Incoming, Sends, SentBy,
};
pub use context::{Connect, Context, Granted, Identity, OwnedContext, Sending, Unused};
#[cfg(feature = "docs")]
pub use docs::Docs;
pub use error::Error;
pub use layer::broker;
pub use layer::{
    Address, ChannelLayer, ExcludeSelf, Gap, Group, JoinError, MemoryBus, MemoryNode, Publish,
    PublishError, Publishing, Timer,
};
pub use message::{ClientError, Message, Reply};
pub use realtime_macros::{
    ClientError, Message, consumer, event_handler, message, on_connect, on_disconnect, ws_handler,
};
pub use schemars;
pub use serde;
pub use server::{BuildError, Realtime, RealtimeBuilder};
pub use wire::{CloseCode, ErrorCode, Ref};

/// What a module with consumers needs.
pub mod prelude {
    pub use crate::{
        Address, Authenticator, ChannelLayer, ClientError, CloseCode, Connect, Consumer, Context,
        Error, Group, HandlerPermission, Message, OwnedContext, Permission, Realtime,
        RealtimeBuilder, Reject, Reply, Target, consumer, event_handler, message, on_connect,
        on_disconnect, ws_handler,
    };
}

/// What the macros write down; no part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::error::BoxError;
    pub use crate::message::{MessageDoc, Shape, describe, examples_hold};
    pub use realtime_asyncapi::spec::{MessageSpec, PushSpec, ReceiveSpec};
    pub use schemars;
    pub use serde;
}
