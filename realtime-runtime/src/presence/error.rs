//! What may be in presence's way.

use super::{LONGEST_NAME, change::Full};
use crate::layer::{JoinError, PublishError};

/// Why presence could not be tracked or looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresenceError {
    /// The connection is in as many groups as it may be.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The connection is over.
    #[error("the connection is over")]
    Closed,
    /// So many connections, and users in their grace, are present in the group already.
    #[error("a group may have {limit} present at most")]
    Full {
        /// How many may be.
        limit: usize,
    },
    /// The user's name is too long.
    #[error("a name of a user may have {LONGEST_NAME} bytes at most")]
    NameTooLong,
    /// The metadata is too large.
    #[error("metadata may have {limit} bytes at most")]
    TooLarge {
        /// How many bytes of JSON it may have.
        limit: usize,
    },
    /// The metadata cannot be written as JSON, or not be read again.
    #[error("metadata cannot be written as JSON and read again: {0}")]
    Metadata(#[source] serde_json::Error),
    /// A test wants the channel layer to be out of reach. Otherwise that does not happen: where the bus to other nodes is
    /// down, presence goes on with what is known.
    #[error(transparent)]
    Unavailable(#[from] PublishError),
}

impl From<Full> for PresenceError {
    fn from(Full { limit }: Full) -> Self {
        Self::Full { limit }
    }
}
