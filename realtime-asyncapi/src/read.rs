//! Documents from text and to text.

use std::{fmt, path::Path};

#[cfg(feature = "yaml")]
use serde::Deserialize as _;

use crate::Document;

/// How a document is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON, indented.
    Json,
    /// YAML 1.2.
    #[cfg(feature = "yaml")]
    Yaml,
}

impl Format {
    /// What the extension of a file's name says; `None` where it says nothing.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "json" => Some(Self::Json),
            #[cfg(feature = "yaml")]
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// JSON where the text begins with a brace, as no document in YAML is written by a person.
    #[cfg(feature = "yaml")]
    pub fn of_text(text: &str) -> Self {
        let begin = text.trim_start_matches('\u{feff}').trim_start();
        if begin.starts_with('{') {
            Self::Json
        } else {
            Self::Yaml
        }
    }
}

/// Why a text is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    path: String,
    reason: String,
}

impl ReadError {
    /// Where in the document, for example `channels.room.messages.chat.payload`; `.` is the document itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there, with line and column where they are known.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path == "." {
            f.write_str(&self.reason)
        } else {
            write!(f, "{}: {}", self.path, self.reason)
        }
    }
}

impl std::error::Error for ReadError {}

impl Document {
    /// Reads JSON. Members that the model does not know are kept.
    ///
    /// # Errors
    ///
    /// When the text is no JSON, is of another version than 3.0 and 3.1, or when a member is missing or of a wrong type.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let document = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| read_error(error.path(), error.inner().to_string()))?;
        deserializer.end().map_err(|error| ReadError {
            path: ".".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(document)
    }

    /// Reads YAML 1.2: `yes` and `on` are strings. Members that the model does not know are kept.
    ///
    /// # Errors
    ///
    /// When the text is no YAML, is of another version than 3.0 and 3.1, or when a member is missing or of a wrong type.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self, ReadError> {
        let options = serde_saphyr::options! {
            strict_booleans: true,
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
            with_snippet: false,
        };
        let mut path = ".".to_owned();
        serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
            let mut track = serde_path_to_error::Track::new();
            let tracked = serde_path_to_error::Deserializer::new(deserializer, &mut track);
            Self::deserialize(tracked).inspect_err(|_| path = track.path().to_string())
        })
        .map_err(|error| ReadError {
            path,
            reason: error.without_snippet().to_string(),
        })
    }

    /// Reads a text of this format.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json) and `from_yaml` do.
    pub fn read(text: &str, format: Format) -> Result<Self, ReadError> {
        match format {
            Format::Json => Self::from_json(text),
            #[cfg(feature = "yaml")]
            Format::Yaml => Self::from_yaml(text),
        }
    }

    /// The document as YAML, with its members in the order of the JSON.
    ///
    /// Equal documents give equal bytes.
    #[cfg(feature = "yaml")]
    pub fn to_yaml(&self) -> String {
        // Serialising cannot fail: every key is a string, and there are no anchors.
        serde_saphyr::to_string(self).unwrap_or_default()
    }

    /// The document in this format: the bytes to commit.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Json => self.to_json_pretty(),
            #[cfg(feature = "yaml")]
            Format::Yaml => self.to_yaml(),
        }
    }
}

fn read_error(path: &serde_path_to_error::Path, reason: String) -> ReadError {
    ReadError {
        path: path.to_string(),
        reason,
    }
}
