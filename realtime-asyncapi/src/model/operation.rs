use serde::{Deserialize, Serialize};

use super::{Extensions, RefOr, Reference, SecurityScheme};

/// What the application does with a message, as seen from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Server to client.
    Send,
    /// Client to server.
    Receive,
}

/// Something the application receives or sends (AsyncAPI 3.0.0 § Operation Object).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The direction, as seen from the server.
    pub action: Action,
    /// The channel it belongs to.
    pub channel: Reference,
    /// A name for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The rest, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Names under which readers find it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<RefOr<Tag>>,
    /// Ways to authenticate, of which one is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<RefOr<SecurityScheme>>,
    /// Messages of the channel: what is received, or sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Reference>>,
    /// What comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<RefOr<Reply>>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// A name under which readers find something (AsyncAPI 3.0.0 § Tag Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// The name.
    pub name: String,
    /// What it stands for, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// What comes back (AsyncAPI 3.0.0 § Operation Reply Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The channel on which it comes: on a socket always the operation's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Reference>,
    /// Messages of that channel, of which one comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Reference>>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}
