//! What is published, as a test sees it.

use std::{
    any::Any,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use super::app::lock;
use crate::{connection::ConnectionId, consumer::Consumer, layer::Group};

/// A record of what is published. Dropping all clones of it ends the recording.
#[derive(Clone, Debug, Default)]
pub struct Capture(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    withholds: AtomicBool,
    published: Mutex<Vec<Published>>,
}

/// One event that was handed to the channel layer.
#[derive(Clone, Debug)]
pub struct Published {
    /// The consumer whose groups or connections it was for.
    pub consumer: &'static str,
    /// Names of groups, if it was for groups.
    pub groups: Vec<Arc<str>>,
    /// The connection, if it was for one.
    pub connection: Option<ConnectionId>,
    /// Who was left out.
    pub except: Option<ConnectionId>,
    /// The event.
    pub event: Arc<dyn Any + Send + Sync>,
    /// The event as its JSON.
    pub text: String,
}

impl Capture {
    /// From now on nobody gets what is published.
    pub fn withhold(&self) {
        self.0.withholds.store(true, Ordering::Relaxed);
    }

    /// What was published so far.
    pub fn published(&self) -> Vec<Published> {
        lock(&self.0.published).clone()
    }

    /// Takes what was published so far.
    pub fn take(&self) -> Vec<Published> {
        std::mem::take(&mut *lock(&self.0.published))
    }

    pub(crate) fn withholds(&self) -> bool {
        self.0.withholds.load(Ordering::Relaxed)
    }

    pub(crate) fn record(&self, published: Published) {
        lock(&self.0.published).push(published);
    }

    /// Whether only the application still holds it.
    pub(super) fn is_over(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// The name of a group, as captures have it.
pub fn group_name<C: Consumer>(group: &Group<C>) -> &Arc<str> {
    group.key()
}
