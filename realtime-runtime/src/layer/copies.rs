//! Events of other nodes to several groups: each group's topic brings a copy.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::publish::Handled;

/// One copy of an event of another node to several groups, of which each group's topic brings one: for the members of its
/// group that are in none of the earlier ones, whose copies serve those. So each stands where its publisher and its topic
/// have put it, though nothing orders the topics.
///
/// Who enters an earlier group between the copies may get none, as if the event had come before; who leaves one gets no
/// second.
#[derive(Clone, Debug)]
pub(crate) struct GroupCopy {
    pub(crate) group: Arc<str>,
    /// Those that the event names before it.
    pub(crate) earlier: Vec<Arc<str>>,
    /// The same for all copies of one event.
    pub(crate) event: u64,
}

/// So many events are remembered: those whose copies may be under way at once. Beyond it a handler runs again.
const REMEMBERED: usize = 64;

/// What shared handlers made of events, for their other copies: they run once for each event.
#[derive(Default)]
pub(super) struct Copies(Mutex<VecDeque<(u64, Arc<OnceCell<Handled>>)>>);

impl Copies {
    /// What the handler makes of an event; `handle` runs it, for one of the copies.
    pub(super) async fn once<F>(&self, event: u64, handle: impl FnOnce() -> F) -> Handled
    where
        F: Future<Output = Handled>,
    {
        let handled = self.of(event);
        handled.get_or_init(handle).await.clone()
    }

    fn of(&self, event: u64) -> Arc<OnceCell<Handled>> {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = events.iter().find(|(known, _)| *known == event) {
            return Arc::clone(known);
        }
        if events.len() == REMEMBERED {
            events.pop_front();
        }
        let handled = Arc::default();
        events.push_back((event, Arc::clone(&handled)));
        handled
    }
}

impl fmt::Debug for Copies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copies").finish_non_exhaustive()
    }
}
