//! Tells open sockets what changed.

use notifications_contract::messages::{CountChanged, Notified};
use notifications_contract::{Notifications, Unread};
use realtime_runtime::{ChannelLayer, PublishError};

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
}

fn log(published: Result<(), PublishError>) {
    if let Err(error) = published {
        tracing::warn!(%error, "could not tell the sockets");
    }
}
