use serde::{Deserialize, Serialize};

use super::Extensions;

/// What the specification has no place for, as the channel extension `x-websocket`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebSocketExtension {
    /// Where the parts of a frame stand.
    pub envelope: Envelope,
    /// The close codes that a client may meet.
    #[serde(default)]
    pub close_codes: Vec<CloseCode>,
    /// The HTTP statuses that may refuse a handshake.
    #[serde(default)]
    pub handshake_errors: Vec<HandshakeError>,
    /// The server's pings; absent where it sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Heartbeat>,
    /// What is enforced on a connection.
    pub limits: Limits,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// The keys of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The key of the tag: `action` or `type`.
    pub tag: String,
    /// The key of the correlation identifier.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The key of the payload; absent where the fields stand beside the tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// A close code (RFC 6455 § 7.4) and what a client should make of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseCode {
    /// The number on the wire.
    pub code: u16,
    /// `snake_case` name.
    pub name: String,
    /// One sentence.
    #[serde(default)]
    pub summary: String,
    /// Whether a client should connect again.
    pub reconnect: bool,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// An HTTP status that refuses a handshake, and what a client should make of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeError {
    /// The HTTP status.
    pub status: u16,
    /// One sentence.
    #[serde(default)]
    pub summary: String,
    /// Whether a client should try again.
    pub reconnect: bool,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// Pings of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// Milliseconds between two pings.
    pub interval_ms: u64,
    /// Milliseconds that the pong may take.
    pub timeout_ms: u64,
    /// Who pings: `server`.
    pub by: String,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// What is enforced on a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Largest message from a client, in bytes.
    pub max_message_bytes: u64,
    /// Largest frame from a client, in bytes; absent where it may be as large as a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_frame_bytes: Option<u64>,
    /// Frames per second that a client may send on; absent where there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames_per_second: Option<u32>,
    /// Frames that a client may send at once; absent where there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
    /// Requests that may be under way beside others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrent: Option<u64>,
    /// Messages that may wait for a client that reads slowly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox_messages: Option<u64>,
    /// Bytes that may wait for a client that reads slowly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox_bytes: Option<u64>,
    /// What happens beyond it: `disconnect`, `drop_oldest`, `drop_newest` or `keep_latest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox_policy: Option<String>,
    /// Milliseconds that a client may take nothing of what waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_timeout_ms: Option<u64>,
    /// Milliseconds that neither side may send a message; absent where there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_timeout_ms: Option<u64>,
    /// Connections that one user may have; absent where there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_connections_per_user: Option<u64>,
    /// Milliseconds that it may take to set a connection up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake_timeout_ms: Option<u64>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}
