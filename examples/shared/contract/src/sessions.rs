//! Who is signed in, and who knows.

use std::convert::Infallible;
use std::future::Future;

use http::HeaderMap;

/// Who is signed in, and by which session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's own identifier; a user may have several.
    pub id: String,
    /// The user's identifier.
    pub user_id: i64,
    /// The user's name.
    pub username: String,
}

/// Knows users and their sessions.
pub trait Sessions: Clone + Send + Sync + 'static {
    /// What may go wrong. It is logged, and never shown to a client.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The session that a request's headers prove, if they prove one.
    fn session(
        &self,
        headers: &HeaderMap,
    ) -> impl Future<Output = Result<Option<Session>, Self::Error>> + Send;
}

/// The sessions of a program that only describes itself and serves nobody: it cannot be made.
#[derive(Clone, Copy, Debug)]
pub enum NoSessions {}

impl Sessions for NoSessions {
    type Error = Infallible;

    async fn session(&self, _: &HeaderMap) -> Result<Option<Session>, Infallible> {
        match *self {}
    }
}
