//! AsyncAPI 3 documents for WebSocket consumers: model, schemas, checks, comparison.
//!
//! [`document()`] turns what an application's consumers receive and send, an [`AppSpec`](spec::AppSpec), into a
//! [`Document`]. The same specification gives the same bytes, on every machine and with every set of cargo features.
//!
//! Documents of others are read as well, as JSON and, with the feature `yaml`, as YAML: [`Document::from_json`] says
//! where something does not fit and keeps what it does not know, [`Document::resolver`] follows references. [`check()`]
//! looks for faults, [`lint()`] for what could be better, and [`diff::changes`] says what a change breaks. With the feature
//! `frames`, `frames::Frames` says whether a frame is what a document declares.
//!
//! # Direction
//!
//! A document is the server's: what clients send is an operation `receive`, and what comes back is its `reply`; what
//! the server sends unasked is an operation `send`.
//!
//! # Keys
//!
//! All keys are lowerCamel.
//!
//! - A **channel** is called like its consumer: `room`. A further path of the same consumer, in the order of mounting,
//!   has the words of the path behind it: `roomWsV2Rooms`.
//! - An **operation** is `on` and the handler, or `push` and the event handler or output: `onMarkRead`,
//!   `pushNotification`. Where a document has several channels, the channel's key stands in front of every
//!   operation's: `roomOnMarkRead`. The framework's own frames are sent by `sendCompletion`, and by `sendError` on a
//!   channel without handlers; elsewhere the error frame is among the replies.
//! - A **message** is called like its tag: `chat_message` is `chatMessage`. A tag that goes both ways is one message
//!   where the frames are the same; otherwise what is received is `chatMessageInput`. Under `components.messages` the
//!   key is the same, unless channels have different messages of that key: then each has the key of the first channel
//!   that has it in front.
//! - A **schema** is called like its type. Where the server reads a type differently than it writes it (an `Option` may
//!   be absent from what is read, and is written as `null`), what is read is `ChatInput`. Two types of one name are
//!   refused.
//!
//! A message that is a reply here and a push there is one message, whose `ref` is optional.
//!
//! # Schemas
//!
//! The payload of a message is the whole frame, tag included. Schemas are draft-07, with keys in alphabetical order,
//! and all that have a name stand under `components.schemas`.

mod address;
mod build;
mod check;
mod client_view;
pub mod diff;
mod error;
#[cfg(feature = "frames")]
pub mod frames;
mod lint;
pub mod model;
mod names;
mod read;
mod resolve;
mod schemas;
pub mod spec;

pub use self::build::document;
pub use self::check::{Finding, check};
pub use self::error::DocumentError;
pub use self::lint::lint;
pub use self::model::{Document, Version};
pub use self::read::{Format, ReadError};
pub use self::resolve::{ResolveError, Resolver};

/// The official JSON Schema of AsyncAPI 3.0.0, for tests that validate a document.
///
/// It looks at structure only: whether references lead anywhere is what [`check()`] looks at.
#[cfg(feature = "meta-schema")]
pub const ASYNCAPI_3_0_0_SCHEMA: &str = include_str!("../schemas/asyncapi-3.0.0.json");
