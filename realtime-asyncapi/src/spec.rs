//! What a document is built from: plain data that says what an application's consumers receive and send.
//!
//! The runtime fills these from the consumers that are mounted; nothing here knows of sockets or of tokio.

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::model::{Contact, License};

/// Writes a type's schema into a generator; in practice `SchemaGenerator::subschema_for::<T>`.
pub type SchemaFn = fn(&mut SchemaGenerator) -> Schema;

/// An application: what it is called, where it runs, and its channels.
#[derive(Clone, Debug)]
pub struct AppSpec {
    /// `info.title`.
    pub title: String,
    /// `info.version`: the version of the API, not of AsyncAPI.
    pub version: String,
    /// `info.description`, CommonMark.
    pub description: Option<String>,
    /// `id`: a URI that tells the application from every other one.
    pub id: Option<String>,
    /// `info.contact`.
    pub contact: Option<Contact>,
    /// `info.license`.
    pub license: Option<License>,
    /// `info.tags`: what the tags of handlers stand for, each with its description.
    pub tags: Vec<(String, String)>,
    /// Where the application runs. May be empty: the document then has no `servers`.
    pub servers: Vec<ServerSpec>,
    /// One for each mounted path.
    pub channels: Vec<ChannelSpec>,
    /// Every close code that a client may meet, in the order of the table that is shown.
    pub close_codes: Vec<CloseCodeSpec>,
    /// How a handshake may be refused with an HTTP status.
    pub handshake_errors: Vec<HandshakeErrorSpec>,
    /// The error codes of the framework's own error frames; applications add theirs.
    pub error_codes: Vec<&'static str>,
    /// What the runtime enforces on a connection.
    pub limits: LimitsSpec,
}

/// One server of an application.
#[derive(Clone, Debug)]
pub struct ServerSpec {
    /// Key under `servers`, for example `production`.
    pub name: String,
    /// `host[:port]`, without scheme or path.
    pub host: String,
    /// `ws` or `wss`.
    pub protocol: &'static str,
    /// One sentence for a reader.
    pub description: Option<String>,
}

/// Where the tag of a frame stands, and with it the shape of every frame of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameForm {
    /// `{"action":"chat","payload":{…}}`; the payload is absent for a message without fields.
    Adjacent,
    /// `{"type":"initial","unread_count":5}`: the fields stand beside the tag.
    Flat,
}

impl FrameForm {
    /// The key that carries the tag: `action` or `type`.
    pub const fn tag_key(self) -> &'static str {
        match self {
            Self::Adjacent => "action",
            Self::Flat => "type",
        }
    }
}

/// One mounted consumer at one path.
#[derive(Clone, Debug)]
pub struct ChannelSpec {
    /// The path as mounted, with `{parameters}`.
    pub address: String,
    /// The consumer's name, as it appears in group keys and metrics.
    pub consumer: &'static str,
    /// First line of the consumer's documentation.
    pub summary: Option<&'static str>,
    /// The rest of the consumer's documentation.
    pub description: Option<&'static str>,
    /// The shape of the channel's frames.
    pub form: FrameForm,
    /// Schema of the path parameters: an object, one property for each.
    pub path: Option<SchemaFn>,
    /// Schema of the query parameters: an object, one property for each.
    pub query: Option<SchemaFn>,
    /// How a client may authenticate; alternatives. Empty: no authentication.
    pub security: Vec<SecuritySpec>,
    /// What clients send.
    pub receives: Vec<ReceiveSpec>,
    /// What the server sends unasked.
    pub pushes: Vec<PushSpec>,
    /// Whether completion frames are sent.
    pub completions: bool,
}

/// A handler: messages that a client sends, and what comes back.
#[derive(Clone, Debug)]
pub struct ReceiveSpec {
    /// The handler's name, `snake_case`.
    pub name: &'static str,
    /// First line of its documentation.
    pub summary: Option<&'static str>,
    /// The rest of its documentation.
    pub description: Option<&'static str>,
    /// What it takes: one message, or one for each variant of an enum.
    pub messages: Vec<MessageSpec>,
    /// What it may return; the error frame is added by the builder.
    pub replies: Vec<MessageSpec>,
    /// Error codes of the application that it may answer with.
    pub error_codes: Vec<&'static str>,
    /// Whether it may answer with other codes, too: the document's list is then not closed.
    pub has_other_codes: bool,
    /// How often it may answer one request.
    pub repetition: Repetition,
    /// Tags of messages of the channel that it sends beside its replies, to whomever.
    pub triggers: Vec<&'static str>,
    /// Names under which readers find it (AsyncAPI 3.0.0 § Tags Object).
    pub tags: Vec<&'static str>,
    /// Whether it is marked `#[deprecated]`.
    pub deprecated: bool,
}

/// How often one request may be answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repetition {
    /// At most once.
    #[default]
    Once,
    /// Several times at once.
    Many,
    /// Over time, for as long as the connection lasts.
    Stream,
}

/// Messages that the server sends without being asked.
#[derive(Clone, Debug)]
pub struct PushSpec {
    /// What sends it, `snake_case`: an event handler's name, or the output's.
    pub name: String,
    /// First line of its documentation.
    pub summary: Option<&'static str>,
    /// The rest of its documentation.
    pub description: Option<&'static str>,
    /// What is sent.
    pub messages: Vec<MessageSpec>,
    /// Names under which readers find it (AsyncAPI 3.0.0 § Tags Object).
    pub tags: Vec<&'static str>,
    /// Whether it is marked `#[deprecated]`.
    pub deprecated: bool,
}

/// One message: one tag on the wire.
#[derive(Clone, Debug)]
pub struct MessageSpec {
    /// The tag on the wire, for example `chat`.
    pub tag: &'static str,
    /// The Rust name of the type, or of the enum's variant, for example `ChatMessage`.
    pub name: &'static str,
    /// First line of its documentation.
    pub summary: Option<&'static str>,
    /// The rest of its documentation.
    pub description: Option<&'static str>,
    /// What it carries.
    pub body: BodySpec,
    /// Whether it is marked `#[deprecated]`.
    pub deprecated: bool,
    /// Frames that show what it looks like. One that needs nothing but its tag needs none.
    ///
    /// Made when the document is, from the message's tag: nobody else pays for them.
    pub examples: fn(&str) -> Vec<ExampleSpec>,
}

/// A frame that shows what a message looks like.
#[derive(Clone, Debug)]
pub struct ExampleSpec {
    /// One sentence for a reader.
    pub summary: Option<&'static str>,
    /// The whole frame, tag included, or why there is none: the document cannot be made then.
    pub frame: Result<Value, String>,
}

/// What a message carries beside its tag.
#[derive(Clone, Copy, Debug)]
pub enum BodySpec {
    /// Nothing.
    Empty,
    /// A struct: under `payload` in the adjacent form, beside the tag in the flat one.
    Payload(SchemaFn),
    /// A variant of a serde-tagged enum. The schema is the whole enum's: a `oneOf` whose branches are whole frames,
    /// the tag included; the message is the branch whose tag property has this message's tag as `const`.
    Variant(SchemaFn),
}

/// A way to authenticate (AsyncAPI 3.0.0 § Security Scheme Object).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecuritySpec {
    /// A cookie of this name.
    Cookie {
        /// Name of the cookie.
        name: String,
        /// One sentence for a reader.
        description: Option<String>,
    },
    /// A query parameter of this name.
    Query {
        /// Name of the parameter.
        name: String,
        /// One sentence for a reader.
        description: Option<String>,
    },
    /// A header of this name.
    Header {
        /// Name of the header.
        name: String,
        /// One sentence for a reader.
        description: Option<String>,
    },
    /// `Authorization: Bearer …`.
    Bearer {
        /// A hint at the token's format, for example `JWT`.
        format: Option<String>,
        /// One sentence for a reader.
        description: Option<String>,
    },
}

/// A row of the close-code table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCodeSpec {
    /// The number on the wire.
    pub code: u16,
    /// `snake_case` name.
    pub name: &'static str,
    /// One sentence for a reader.
    pub summary: &'static str,
    /// Whether a client should connect again.
    pub reconnect: bool,
}

/// An HTTP status that refuses a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeErrorSpec {
    /// The HTTP status.
    pub status: u16,
    /// One sentence for a reader.
    pub summary: &'static str,
    /// Whether a client should try again.
    pub reconnect: bool,
}

/// Limits and heartbeat that the runtime enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsSpec {
    /// Largest message, in bytes; beyond it close 1009.
    pub max_message_bytes: usize,
    /// Largest frame, in bytes; beyond it close 1009. `None`: as large as a message.
    pub max_frame_bytes: Option<usize>,
    /// Frames per second before `rate_limited`; `None`: no limit.
    pub frames_per_second: Option<u32>,
    /// Frames in a burst.
    pub burst: u32,
    /// Requests that may be under way beside others; beyond it `rate_limited`.
    pub max_concurrent: usize,
    /// Messages that may wait for a client that reads slowly; beyond it what the policy says.
    pub outbox_messages: usize,
    /// Bytes that may wait for a client that reads slowly; beyond it what the policy says.
    pub outbox_bytes: usize,
    /// What happens beyond the outbox: `disconnect`, `drop_oldest`, `drop_newest` or `keep_latest`.
    pub outbox_policy: &'static str,
    /// Milliseconds that a client may take nothing of what waits; beyond it close 1013.
    pub write_timeout_ms: Option<u64>,
    /// Milliseconds that neither side may send a message; beyond it close 1000. `None`: no limit.
    pub idle_timeout_ms: Option<u64>,
    /// Connections that one user may have; beyond it close 4429. `None`: no limit.
    pub max_connections_per_user: Option<usize>,
    /// Milliseconds that it may take to set a connection up; beyond it close 1011.
    pub handshake_timeout_ms: u64,
    /// Milliseconds between the server's pings; `None`: no heartbeat.
    pub ping_interval_ms: Option<u64>,
    /// Milliseconds that a pong may take; beyond it close 4408.
    pub pong_timeout_ms: u64,
}
