use serde::{Deserialize, Serialize};

use super::{Extensions, RefOr, Tag};

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
    /// Whom to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// What one may do with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<License>,
    /// Names under which readers find things, with what they stand for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<RefOr<Tag>>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// Whom to ask about an API (AsyncAPI 3.0.0 § Contact Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where to find them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// What one may do with an API (AsyncAPI 3.0.0 § License Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct License {
    /// What it is called, as a rule an expression of SPDX.
    pub name: String,
    /// Where its text is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}
