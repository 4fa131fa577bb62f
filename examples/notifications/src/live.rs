//! Tells open sockets what changed.

use std::future::Future;

use notifications_contract::{Session, Unread};

use crate::store::Stored;

/// The way from a change to the sockets of its user.
///
/// Nothing here fails: what was stored is stored, and a socket that misses a push reads the state when it reconnects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {}

impl Live {
    /// A notification was stored.
    pub(crate) fn notified(&self, stored: &Stored) {
        tracing::debug!(
            user_id = stored.user_id,
            id = stored.notification.id,
            "notified"
        );
    }

    /// The number of a user's unread notifications changed.
    pub(crate) fn counted(&self, user_id: i64, unread: Unread) {
        tracing::debug!(user_id, ?unread, "counted");
    }

    /// A session ended: its sockets are closed.
    pub(crate) fn signed_out(&self, session: &Session) {
        tracing::debug!(user_id = session.user_id, "signed out");
    }
}

/// Runs `change` to its end even if the request that asked for it is given up half-way, so that no change is stored
/// and then not told.
pub(crate) async fn to_the_end<F>(change: F) -> Result<F::Output, tokio::task::JoinError>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(change).await
}
