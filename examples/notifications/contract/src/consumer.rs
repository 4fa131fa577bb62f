//! The consumer: one tab of a user who is signed in.

use std::error::Error as StdError;

use example_contract::SessionAuth;
use realtime_runtime::prelude::*;

use crate::messages::{
    CountChanged, CountUpdate, Initial, MarkAllRead, MarkRead, NewNotification, Notified, Ping,
    Pong,
};
use crate::{Snapshot, Store, Unread};

/// How many notifications the first frame brings.
const RECENT: u32 = 5;

/// One tab of a user.
#[derive(Debug)]
pub struct Notifications<S> {
    store: S,
    user_id: i64,
    /// All tabs of the user.
    tabs: Group<Self>,
    /// The last change that the first frame had.
    snapshot: i64,
    /// The newest count that this tab was told, or is about to be.
    latest: Unread,
}

impl<S: Store> Notifications<S> {
    /// All tabs of a user.
    pub fn tabs(user_id: i64) -> Group<Self> {
        Group::new(["user", &user_id.to_string()])
    }

    /// Takes note of a count. Whether it is newer than all before.
    fn is_newer(&mut self, unread: Unread) -> bool {
        let newer = unread.revision > self.latest.revision;
        if newer {
            self.latest = unread;
        }
        newer
    }

    fn count(&self) -> CountUpdate {
        CountUpdate {
            unread_count: self.latest.count,
        }
    }

    /// Tells the user's other tabs, and answers this one.
    async fn counted(&mut self, unread: Unread, cx: &Context<'_, Self>) -> CountUpdate {
        self.is_newer(unread);
        let Unread { revision, count } = unread;
        let event = CountChanged {
            revision,
            unread_count: count,
        };
        // What is stored is stored: a push that fails takes nothing of it back.
        if let Err(error) = self.tabs.send(&cx.exclude_self(), event).await {
            tracing::warn!(%error, "could not tell the other tabs");
        }
        self.count()
    }
}

/// Notifications of the user who is signed in.
///
/// Every tab of the user hears of every notification, and of every one that is marked as read in another tab.
#[consumer(
    name = "notifications",
    tag = "type",
    state = S,
    auth = SessionAuth,
    output(Initial, NewNotification, CountUpdate)
)]
impl<S: Store> Notifications<S> {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let user_id = cx.identity().user_id;
        let tabs = Self::tabs(user_id);
        // Joined before the snapshot is read: what is stored meanwhile is in the snapshot, or among the events that
        // follow it, or in both, and then its revision says so.
        cx.join(&tabs).await?;
        let store = cx.state().clone();
        let Snapshot {
            unread,
            notifications,
        } = store.snapshot(user_id, RECENT, None).await?;
        cx.send(Initial {
            unread_count: unread.count,
            recent: notifications,
        })
        .await?;
        Ok(Self {
            store,
            user_id,
            tabs,
            snapshot: unread.revision,
            latest: unread,
        })
    }

    /// Asks whether the server is still there.
    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }

    /// Marks one notification as read, in every tab.
    #[ws_handler(tags("reading"))]
    async fn mark_read(
        &mut self,
        message: MarkRead,
        cx: &mut Context<'_, Self>,
    ) -> Result<CountUpdate, MarkError> {
        let unread = self.store.mark_read(self.user_id, message.id).await?;
        let unread = unread.ok_or(MarkError::NotFound)?;
        Ok(self.counted(unread, cx).await)
    }

    /// Marks all notifications as read, in every tab.
    #[ws_handler(tags("reading"))]
    async fn mark_all_read(
        &mut self,
        _: MarkAllRead,
        cx: &mut Context<'_, Self>,
    ) -> Result<CountUpdate, Error> {
        let unread = self.store.mark_all_read(self.user_id).await?;
        Ok(self.counted(unread, cx).await)
    }

    #[event_handler]
    async fn notified(
        &mut self,
        event: &Notified,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Error> {
        // By what the snapshot had, not by what came since: two notifications may arrive in the other order than
        // they were stored.
        if event.revision <= self.snapshot {
            return Ok(());
        }
        self.is_newer(Unread {
            revision: event.revision,
            count: event.unread_count,
        });
        let notification = event.notification.clone();
        cx.send(NewNotification { notification }).await?;
        cx.send(self.count()).await
    }

    /// The number of unread notifications has changed in another tab.
    #[event_handler]
    async fn count_changed(&mut self, event: &CountChanged) -> Option<CountUpdate> {
        let newer = self.is_newer(Unread {
            revision: event.revision,
            count: event.unread_count,
        });
        newer.then(|| self.count())
    }
}

/// Why something could not be marked as read.
#[derive(Debug, ClientError)]
pub enum MarkError {
    /// The user has no such notification.
    #[client_error(detail = "You have no such notification.")]
    NotFound,
    /// Something that is for the log alone.
    #[client_error(internal)]
    Internal(Error),
}

impl<E: StdError + Send + Sync + 'static> From<E> for MarkError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}
