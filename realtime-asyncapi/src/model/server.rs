use serde::{Deserialize, Serialize};

use super::{Extensions, RefOr, SecurityScheme};

/// Where the application runs (AsyncAPI 3.0.0 § Server Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// `host[:port]`, without scheme or path.
    pub host: String,
    /// `ws` or `wss`.
    pub protocol: String,
    /// The version of the WebSocket protocol: `13` (RFC 6455 § 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_version: Option<String>,
    /// The path in front of every address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pathname: Option<String>,
    /// What it is for, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Ways to authenticate, of which one is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<RefOr<SecurityScheme>>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}
