//! Tells open sockets what changed.

use std::future::Future;

use notifications_contract::messages::{CountChanged, Notified};
use notifications_contract::{Notifications, Session, Unread};
use realtime_runtime::{ChannelLayer, CloseCode, PublishError, Target, cause};

use crate::store::{SqliteStore, Stored};

/// The way from a change to the sockets of its user.
///
/// Nothing here fails: what was stored is stored, and a socket that misses a push reads the state when it reconnects.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    layer: ChannelLayer,
}

impl Live {
    pub(crate) fn new(layer: ChannelLayer) -> Self {
        Self { layer }
    }

    /// A notification was stored.
    pub(crate) async fn notified(&self, stored: &Stored) {
        let Unread { revision, count } = stored.unread;
        let event = Notified {
            revision,
            unread_count: count,
            notification: stored.notification.clone(),
        };
        let tabs = Notifications::<SqliteStore>::tabs(stored.user_id);
        log(tabs.send(&self.layer, event).await);
    }

    /// The number of a user's unread notifications changed.
    pub(crate) async fn counted(&self, user_id: i64, Unread { revision, count }: Unread) {
        let event = CountChanged {
            revision,
            unread_count: count,
        };
        let tabs = Notifications::<SqliteStore>::tabs(user_id);
        log(tabs.send(&self.layer, event).await);
    }

    /// A session ended: its sockets are closed.
    pub(crate) fn signed_out(&self, session: &Session) {
        let target = Target::session(&session.id);
        let sockets = self
            .layer
            .kick(target, CloseCode::UNAUTHENTICATED, "signed out");
        tracing::debug!(user_id = session.user_id, sockets, "signed out");
    }
}

fn log(published: Result<(), PublishError>) {
    if let Err(error) = published {
        tracing::warn!(%error, "could not tell the sockets");
    }
}

/// Runs `change` to its end even if the request that asked for it is given up half-way, so that no change is stored
/// and then not told.
pub(crate) async fn to_the_end<F>(change: F) -> Result<F::Output, tokio::task::JoinError>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(cause::carry(change)).await
}
