//! Which groups of this node are subscribed to on the bus: those with members here, once each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::OnceCell;

/// The groups that are subscribed to, or are about to be.
#[derive(Debug, Default)]
pub(super) struct Subscriptions(Mutex<HashMap<Arc<str>, Arc<OnceCell<()>>>>);

impl Subscriptions {
    /// Resolves when the group is subscribed to. Whoever comes first has `subscribe` done; the others wait for that.
    ///
    /// # Cancel safety
    /// Cancelled, somebody else who waits has it done.
    pub(super) async fn enter<F: Future<Output = ()>>(
        &self,
        group: &Arc<str>,
        subscribe: impl FnOnce() -> F,
    ) {
        let standing = {
            let mut groups = self.groups();
            Arc::clone(groups.entry(Arc::clone(group)).or_default())
        };
        standing.get_or_init(subscribe).await;
    }

    /// Whether the group is subscribed to, or about to be.
    pub(super) fn has(&self, group: &str) -> bool {
        self.groups().contains_key(group)
    }

    /// Gives the group up unless it is still wanted.
    ///
    /// Asked and done under one lock: whoever joins meanwhile is in the group already, or comes to [`Self::enter`] after it.
    pub(super) fn leave_unless(
        &self,
        group: &Arc<str>,
        wanted: impl FnOnce() -> bool,
        unsubscribe: impl FnOnce(),
    ) {
        let mut groups = self.groups();
        if groups.contains_key(group) && !wanted() {
            groups.remove(group);
            unsubscribe();
        }
    }

    fn groups(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<OnceCell<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
