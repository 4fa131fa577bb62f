use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Extensions, Json, Message, RefOr, WebSocketExtension, json};

/// A path at which a consumer is mounted (AsyncAPI 3.0.0 § Channel Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// The path, with `{parameters}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// A name for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The rest, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Every message that may cross a connection, in either direction.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub messages: IndexMap<String, RefOr<Message>>,
    /// The parameters of the address, in its order.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, RefOr<Parameter>>,
    /// What the WebSocket handshake takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bindings: Option<RefOr<ChannelBindings>>,
    /// Envelope, close codes, heartbeat and limits.
    #[serde(
        rename = "x-websocket",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub websocket: Option<WebSocketExtension>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// A parameter of an address (AsyncAPI 3.0.0 § Parameter Object).
///
/// The specification has no schema here, only strings; ours stands in `x-schema`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The values it may have, where they are few.
    #[serde(rename = "enum", default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The value that is taken where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What it is, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Values it might have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    /// The schema of the value.
    #[serde(
        rename = "x-schema",
        default,
        deserialize_with = "json::optional_schema",
        skip_serializing_if = "Option::is_none"
    )]
    pub schema: Option<Json>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// Protocol-specific parts of a channel (AsyncAPI 3.0.0 § Channel Bindings Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelBindings {
    /// The WebSocket part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ws: Option<WebSocketBinding>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// What the handshake takes (AsyncAPI WebSockets bindings 0.1.0 § Channel Binding Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebSocketBinding {
    /// The HTTP method: `GET`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Schema of the query: an object, one property for each parameter.
    #[serde(
        default,
        deserialize_with = "json::optional_schema",
        skip_serializing_if = "Option::is_none"
    )]
    pub query: Option<Json>,
    /// Schema of the headers: an object, one property for each header.
    #[serde(
        default,
        deserialize_with = "json::optional_schema",
        skip_serializing_if = "Option::is_none"
    )]
    pub headers: Option<Json>,
    /// The version of the binding: `0.1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding_version: Option<String>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}
