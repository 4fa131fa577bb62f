use std::{fmt, str::FromStr};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A version of the specification that documents are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// 3.0.0, which every tool reads.
    #[default]
    V3_0_0,
    /// 3.1.0: the same for WebSockets, and unknown to some generators.
    V3_1_0,
}

impl Version {
    /// As it stands in a document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V3_0_0 => "3.0.0",
            Self::V3_1_0 => "3.1.0",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// From `3.0.0` or `3.1.0`.
impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::V3_0_0, Self::V3_1_0]
            .into_iter()
            .find(|version| version.as_str() == text)
            .ok_or(UnknownVersion)
    }
}

/// Not a version that documents are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("documents are written in 3.0.0 or 3.1.0")]
pub struct UnknownVersion;

/// Any 3.0 or 3.1; what is between is the same document.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let version = String::deserialize(deserializer)?;
    if version.starts_with("3.0.") || version.starts_with("3.1.") {
        Ok(version)
    } else {
        Err(D::Error::custom(format_args!(
            "`{version}` is not read; 3.0 and 3.1 are,"
        )))
    }
}
