//! A typed AsyncAPI 3 document: what the builder fills and what readers (clients, pages, diffs) take apart.
//!
//! Fields stand in the order in which they are written. Fields of the specification that have no member here, and
//! extensions, land in `extensions`, so a document survives a round trip.

mod channel;
mod components;
mod info;
mod json;
mod message;
mod operation;
mod reference;
mod security;
mod server;
mod version;
mod websocket;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use self::channel::{Channel, ChannelBindings, Parameter, WebSocketBinding};
pub use self::components::Components;
pub use self::info::{Contact, Info, License};
pub use self::json::Json;
pub use self::message::{CorrelationId, Message, MessageExample};
pub use self::operation::{Action, Operation, Reply, Tag};
pub(crate) use self::reference::escaped;
pub use self::reference::{RefOr, Reference};
pub use self::security::SecurityScheme;
pub use self::server::Server;
pub use self::version::{UnknownVersion, Version};
pub use self::websocket::{
    CloseCode, Envelope, HandshakeError, Heartbeat, Limits, WebSocketExtension,
};

/// Members that the model does not name: extensions (`x-…`) and fields of the specification that we do not emit.
pub type Extensions = BTreeMap<String, Json>;

/// An AsyncAPI document (AsyncAPI 3.0.0 § AsyncAPI Object).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The version of the specification: `3.0.0`. What is read may be any 3.0 or 3.1.
    #[serde(deserialize_with = "version::deserialize")]
    pub asyncapi: String,
    /// What tells the application from every other one: a URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the API is.
    pub info: Info,
    /// The content type of messages that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_content_type: Option<String>,
    /// Where the application runs.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub servers: IndexMap<String, RefOr<Server>>,
    /// The paths at which consumers are mounted.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub channels: IndexMap<String, RefOr<Channel>>,
    /// What the application receives and sends.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub operations: IndexMap<String, RefOr<Operation>>,
    /// What the other parts refer to.
    #[serde(default, skip_serializing_if = "Components::is_empty")]
    pub components: Components,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl Document {
    /// The document as indented JSON, with a newline at the end: the bytes to commit.
    ///
    /// Equal documents give equal bytes, whatever features of `serde_json` a build turns on.
    pub fn to_json_pretty(&self) -> String {
        // Serialising cannot fail: every key is a string and no value is a float that JSON lacks.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The same document in another version of the specification.
    ///
    /// For what this crate writes the two versions differ in the number alone.
    #[must_use]
    pub fn with_version(mut self, version: Version) -> Self {
        version.as_str().clone_into(&mut self.asyncapi);
        self
    }

    /// The document as a JSON value.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
