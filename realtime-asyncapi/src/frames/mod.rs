//! Whether frames are what a document declares. Feature `frames`.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use realtime_asyncapi::{Document, frames::Frames};
//!
//! let document = Document::from_json(
//!     r##"{
//!       "asyncapi": "3.0.0",
//!       "info": {"title": "Rooms", "version": "1.0.0"},
//!       "channels": {"room": {
//!         "address": "/ws/rooms/{room}",
//!         "messages": {"chat": {"payload": {
//!           "type": "object",
//!           "properties": {"action": {"const": "chat"}, "payload": {"type": "string"}},
//!           "required": ["action", "payload"]
//!         }}}
//!       }},
//!       "operations": {"onChat": {
//!         "action": "receive",
//!         "channel": {"$ref": "#/channels/room"},
//!         "messages": [{"$ref": "#/channels/room/messages/chat"}]
//!       }}
//!     }"##,
//! )?;
//! let frames = Frames::new(&document)?;
//! let room = frames.at("/ws/rooms/lobby").ok_or("no such channel")?;
//! assert_eq!(room.received(r#"{"action":"chat","payload":"hi"}"#)?, "chat");
//! let error = room.received(r#"{"action":"chat","payload":5}"#).unwrap_err();
//! assert_eq!(error.to_string(), "`chat` does not fit its schema: /payload: 5 is not of type \"string\"");
//! # Ok(())
//! # }
//! ```

mod channel;
mod schema;

use crate::{Document, ResolveError};

pub use self::channel::{ChannelFrames, Exchange};

/// The frames of every channel of a document.
#[derive(Debug)]
pub struct Frames(Vec<ChannelFrames>);

impl Frames {
    /// Reads them from a document.
    ///
    /// # Errors
    /// When a reference cannot be followed.
    pub fn new(document: &Document) -> Result<Self, ResolveError> {
        let resolver = document.resolver();
        let channels = document.channels.keys();
        let channels: Result<_, _> = channels
            .map(|key| ChannelFrames::new(document, &resolver, key))
            .collect();
        channels.map(Self)
    }

    /// The channels, in the document's order.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelFrames> {
        self.0.iter()
    }

    /// The channel whose address a path matches, query or not; of several the one with the fewest parameters.
    pub fn at(&self, path: &str) -> Option<&ChannelFrames> {
        let path = path.split(['?', '#']).next()?;
        let parameters = |channel: &&ChannelFrames| channel.address().matches('{').count();
        let matching = self.channels().filter(|channel| channel.is_at(path));
        matching.min_by_key(parameters)
    }
}

/// Why a frame is none that the document declares.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undeclared {
    /// It is no JSON object.
    #[error("it is no JSON object")]
    NoObject,
    /// It has no tag.
    #[error("it has no `{key}` that is a string")]
    NoTag {
        /// The key of the tag.
        key: String,
    },
    /// Nothing with this tag goes this way.
    #[error("`{tag}` is not declared this way; declared are {}", listed(declared))]
    Tag {
        /// The tag.
        tag: String,
        /// What is declared.
        declared: Vec<String>,
    },
    /// It does not fit the schema of its message.
    #[error("`{tag}` does not fit its schema: {}", errors.join("; "))]
    Payload {
        /// The tag.
        tag: String,
        /// Where, as a JSON pointer, and why.
        errors: Vec<String>,
    },
}

fn listed(tags: &[String]) -> String {
    if tags.is_empty() {
        return "none".to_owned();
    }
    let tags: Vec<String> = tags.iter().map(|tag| format!("`{tag}`")).collect();
    tags.join(", ")
}
