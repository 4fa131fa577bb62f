//! What an example is told before it starts.

use std::fmt;
use std::path::PathBuf;

use realtime_redis::{ConnectError, Redis};
use realtime_runtime::{BuildError, RealtimeBuilder};

use crate::accounts::OpenError;

/// What a program needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database file, or `:memory:`. All nodes have the same one.
    pub database: PathBuf,
    /// What the nodes reach each other over; without it there is this one.
    pub redis: Option<RedisUrl>,
}

impl Config {
    /// One node, on a database file or `:memory:`.
    pub fn new(database: impl Into<PathBuf>) -> Self {
        Self {
            database: database.into(),
            redis: None,
        }
    }

    /// Joins the other nodes, if there may be any.
    ///
    /// # Errors
    ///
    /// The URL of Redis cannot be read. That Redis cannot be reached is no error: it is tried again.
    pub async fn join(&self, builder: RealtimeBuilder) -> Result<RealtimeBuilder, ConnectError> {
        let Some(url) = &self.redis else {
            return Ok(builder);
        };
        let redis = Redis::connect(&url.0).await?;
        // Only now is it known to be a URL, whose credentials can be told from the rest.
        tracing::info!(%url, "other nodes are reached over Redis");
        Ok(builder.layer(redis))
    }
}

/// Where Redis is. Its credentials are shown to nobody.
#[derive(Clone)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// `None` of nothing: a variable that is set and empty is as good as not set.
    pub fn new(url: &str) -> Option<Self> {
        let url = url.trim();
        (!url.is_empty()).then(|| Self(url.to_owned()))
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str("no URL");
        };
        let hosts = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let hosts = hosts.rsplit('@').next().unwrap_or_default();
        write!(f, "{scheme}://{hosts}")
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

/// Why a program cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The bus cannot be used.
    #[error("`--redis` or `REDIS_URL`: {0}")]
    Redis(#[from] ConnectError),
    /// The sockets cannot be set up.
    #[error(transparent)]
    Realtime(#[from] BuildError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_credentials() {
        for (url, shown) in [
            ("redis://localhost", "redis://localhost"),
            (" redis://ann:secret@[::1]:1/3 ", "redis://[::1]:1"),
            (
                "rediss+cluster://:sec@ret@a:1,b:2",
                "rediss+cluster://a:1,b:2",
            ),
            (
                "redis+sentinel://:secret@a,b/mine/2",
                "redis+sentinel://a,b",
            ),
            ("redis://host?password=secret", "redis://host"),
            (":secret@host", "no URL"),
        ] {
            let url = RedisUrl::new(url).unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("RedisUrl({shown})"));
        }
    }

    #[test]
    fn nothing_is_no_url() {
        for nothing in ["", "  ", "\n"] {
            assert!(RedisUrl::new(nothing).is_none());
        }
    }
}
