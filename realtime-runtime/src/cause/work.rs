//! What a test is told of the work that holds a cause: what it is, and where it was started.

use std::{
    collections::BTreeMap,
    fmt,
    panic::Location,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Says what a piece of work is; asked only when a test has waited for it in vain.
pub(crate) type What = Arc<dyn Fn() -> String + Send + Sync>;

/// The work that is under way for one cause of a test.
#[derive(Debug, Default)]
pub(super) struct List(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    next: u64,
    works: BTreeMap<u64, Entry>,
}

struct Entry {
    what: What,
    at: &'static Location<'static>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A place on a list, until it is dropped.
pub(super) struct Work {
    list: Arc<List>,
    id: u64,
    what: What,
    at: &'static Location<'static>,
}

impl List {
    pub(super) fn enter(self: &Arc<Self>, what: What, at: &'static Location<'static>) -> Work {
        let mut entries = self.entries();
        let id = entries.next;
        entries.next += 1;
        let entry = Entry {
            what: Arc::clone(&what),
            at,
        };
        entries.works.insert(id, entry);
        Work {
            list: Arc::clone(self),
            id,
            what,
            at,
        }
    }

    pub(super) fn pending(&self) -> Vec<Pending> {
        let works: Vec<_> = self
            .entries()
            .works
            .values()
            .map(|entry| (Arc::clone(&entry.what), entry.at))
            .collect();
        // Without the lock: a text may look at what is behind another one.
        let works = works.into_iter();
        works
            .map(|(what, at)| Pending { what: what(), at })
            .collect()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work {
    pub(super) fn what(&self) -> &What {
        &self.what
    }

    pub(super) fn at(&self) -> &'static Location<'static> {
        self.at
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.list.entries().works.remove(&self.id);
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A piece of work that is not done.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What it is.
    pub what: String,
    /// Where it was started.
    pub at: &'static Location<'static>,
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, at } = self;
        write!(f, "{what}, started at {}:{}", at.file(), at.line())
    }
}
