use serde::{Deserialize, Serialize};

use super::{Extensions, Json, RefOr, json};

/// One frame (AsyncAPI 3.0.0 § Message Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The tag on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A name for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The rest, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where the correlation identifier stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<RefOr<CorrelationId>>,
    /// The content type, where it is not the document's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Schema of the application's own headers; frames of a WebSocket have none.
    #[serde(
        default,
        deserialize_with = "json::optional_schema",
        skip_serializing_if = "Option::is_none"
    )]
    pub headers: Option<Json>,
    /// Schema of the whole frame, envelope included.
    #[serde(
        default,
        deserialize_with = "json::optional_schema",
        skip_serializing_if = "Option::is_none"
    )]
    pub payload: Option<Json>,
    /// Frames that show what it looks like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<MessageExample>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// One frame as it may be sent (AsyncAPI 3.0.0 § Message Example Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageExample {
    /// A name for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Values of the application's own headers.
    #[serde(
        default,
        deserialize_with = "json::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub headers: Option<Json>,
    /// The whole frame, envelope included.
    #[serde(
        default,
        deserialize_with = "json::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub payload: Option<Json>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// Where a frame carries its correlation identifier (AsyncAPI 3.0.0 § Correlation ID Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CorrelationId {
    /// What it is for, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A runtime expression, for example `$message.payload#/ref`.
    pub location: String,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}
