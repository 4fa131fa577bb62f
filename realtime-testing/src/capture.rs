//! What is published, on record.

use std::{fmt, sync::Arc};

use realtime_runtime::{
    ConnectionId, Consumer, Group, Message,
    hook::{self, Published},
};

use crate::conversation::shorten;

/// A record of what an application publishes, from [`TestApp::capture`](crate::TestApp::capture) until it is dropped.
#[derive(Clone)]
#[must_use = "the record ends when it is dropped"]
pub struct Capture(hook::Capture);

/// An event that was published, and for whom.
#[derive(Debug)]
pub struct Captured<E> {
    event: Arc<E>,
    published: Published,
}

impl Capture {
    pub(crate) fn new(capture: hook::Capture) -> Self {
        Self(capture)
    }

    /// From now on nobody gets what is published: for tests of what publishes, alone.
    pub fn without_delivery(self) -> Self {
        self.0.withhold();
        self
    }

    /// The events of this type so far, in the order in which they were published.
    pub fn events<E: Message>(&self) -> Vec<Captured<E>> {
        let published = self.0.published().into_iter();
        published
            .filter_map(|published| {
                let event = Arc::clone(&published.event).downcast().ok()?;
                Some(Captured { event, published })
            })
            .collect()
    }

    /// How many events there are, of any type.
    pub fn len(&self) -> usize {
        self.0.published().len()
    }

    /// Whether nothing was published.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets what was published so far.
    pub fn clear(&self) {
        drop(self.0.take());
    }

    /// Asserts that nothing was published since it began or was [cleared](Capture::clear).
    ///
    /// # Panics
    /// When something was.
    #[track_caller]
    pub fn assert_empty(&self) {
        assert!(
            self.is_empty(),
            "expected that nothing is published, but this was: {self:#?}"
        );
    }
}

impl<E> Captured<E> {
    /// The event.
    pub fn event(&self) -> &E {
        &self.event
    }

    /// Whether it was sent to this group, alone or among others.
    pub fn is_to<C: Consumer>(&self, group: &Group<C>) -> bool {
        self.published.groups.contains(hook::group_name(group))
    }

    /// The names of the groups that it was sent to: the consumer's name and the key, `room/lobby`.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.published.groups.iter().map(|group| &**group)
    }

    /// The connection that it was sent to, if it was for one alone.
    pub fn connection(&self) -> Option<ConnectionId> {
        self.published.connection
    }

    /// The connection that was left out, with `exclude_self`.
    pub fn except(&self) -> Option<ConnectionId> {
        self.published.except
    }
}

impl<E: PartialEq> PartialEq<E> for Captured<E> {
    fn eq(&self, event: &E) -> bool {
        *self.event == *event
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for published in self.0.published() {
            let to = match published.connection {
                Some(connection) => format!("connection {connection}"),
                None => published.groups.join(", "),
            };
            list.entry(&format_args!("{} to {to}", shorten(&published.text)));
        }
        list.finish()
    }
}
