use serde::{Deserialize, Serialize};

use super::Extensions;

/// What the API is (AsyncAPI 3.0.0 § Info Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// The name of the application.
    pub title: String,
    /// The version of the application's API.
    pub version: String,
    /// What it is for, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}
