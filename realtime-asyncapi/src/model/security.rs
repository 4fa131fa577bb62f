use serde::{Deserialize, Serialize};

use super::Extensions;

/// A way to authenticate (AsyncAPI 3.0.0 § Security Scheme Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityScheme {
    /// The kind: `http` or `httpApiKey` in our documents.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `httpApiKey`: the name of the cookie, header or query parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `httpApiKey`: `cookie`, `header` or `query`.
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// `http`: the scheme of the `Authorization` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// `http` with `bearer`: a hint at the token's format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_format: Option<String>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}
