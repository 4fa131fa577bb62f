//! Deterministic tests of WebSocket consumers.
//!
//! A test connects through the real handshake, in memory or over TCP. What it sends carries a cause, which is cloned into
//! everything that the frame sets going; `send` returns when all of it is done. So a test never sleeps, and that nothing
//! came is a fact.
//!
//! ```
//! # use realtime_runtime::prelude::*;
//! # use realtime_testing::TestApp;
//! # #[message(action = "ping")] pub struct Ping;
//! # #[message(action = "pong")] pub struct Pong;
//! # pub struct Echo;
//! # #[consumer] impl Echo {
//! #     #[on_connect] async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> { Ok(Self) }
//! #     #[ws_handler] async fn ping(_: Ping) -> Pong { Pong }
//! # }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Error> {
//! let realtime = Realtime::builder().consumer::<Echo>("/ws").build()?;
//! let app = TestApp::new(realtime.router());
//! let mut alice = app.connect("/ws").await.unwrap();
//! alice.send(Ping).await;
//! assert_eq!(alice.messages::<Pong>(), [Pong]);
//! alice.assert_silent();
//! # Ok(()) }
//! ```
#![cfg_attr(
    feature = "broker",
    doc = "
[`broker`] is the conformance suite for brokers of one's own."
)]

mod app;
#[cfg(feature = "broker")]
pub mod broker;
mod capture;
mod communicator;
mod connect;
mod contract;
mod conversation;
mod difference;
mod remote;
mod transport;
mod watchdog;

pub use app::TestApp;
pub use capture::{Capture, Captured};
pub use communicator::{Begun, Communicator, ErrorReply};
pub use connect::{Connecting, NotConnected};
pub use contract::{Contract, Documented, Replayed};
pub use conversation::{Direction, Said};
pub use realtime_runtime::hook::Panicked;
