//! Where tests look at the channel layer, and interfere with it.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, Weak, atomic::Ordering},
};

use super::{
    app::{Shared, lock},
    capture::Published,
    names::Handler,
};
use crate::{
    cause::Cause,
    connection::ConnectionId,
    consumer::{Consumer, HandledBy},
    layer::{PublishError, To},
    wire::encode,
};

/// The applications under test that a channel layer belongs to. In production a layer has none.
#[derive(Debug, Default)]
pub(crate) struct Seam(Mutex<Vec<Weak<Shared>>>);

/// An event that is being published; shared with whoever captures it.
pub(crate) enum Event<E> {
    Own(E),
    Shared(Arc<E>),
}

impl<E> Event<E> {
    pub(crate) fn into_shared(self) -> Arc<E> {
        match self {
            Self::Own(event) => Arc::new(event),
            Self::Shared(event) => event,
        }
    }
}

impl<E> Deref for Event<E> {
    type Target = E;

    fn deref(&self) -> &E {
        match self {
            Self::Own(event) => event,
            Self::Shared(event) => event,
        }
    }
}

impl Seam {
    /// The one that was attached last is asked first.
    pub(super) fn attach(&self, app: &Arc<Shared>) {
        let mut apps = lock(&self.0);
        apps.retain(|known| known.strong_count() > 0 && !known.ptr_eq(&Arc::downgrade(app)));
        apps.insert(0, Arc::downgrade(app));
    }

    fn apps(&self) -> Vec<Arc<Shared>> {
        lock(&self.0).iter().filter_map(Weak::upgrade).collect()
    }

    /// What something is caused by that nothing in the test has caused.
    pub(crate) fn background(&self) -> Cause {
        let app = self.apps().into_iter().next();
        app.map_or(Cause::NONE, |app| app.background())
    }

    pub(crate) fn panicked(&self, what: &str, message: &str) {
        if let Some(app) = self.apps().first() {
            app.panicked(what.to_owned(), message);
        }
    }

    /// Whether a test wants the layer to be out of reach.
    pub(crate) fn fails(&self) -> bool {
        let apps = self.apps();
        apps.iter()
            .any(|app| app.layer_fails.load(Ordering::Relaxed))
    }

    pub(crate) fn takes_fault<C: Consumer>(&self, tags: &[&'static str]) -> bool {
        let apps = self.apps();
        let handler = Handler::of_events(C::NAME, tags);
        apps.iter().any(|app| app.takes_fault(&handler))
    }

    /// Records an event. `None`: nobody is to get it.
    pub(crate) fn publish<C: Consumer, E: HandledBy<C>>(
        &self,
        to: &To,
        except: Option<ConnectionId>,
        event: E,
    ) -> Result<Option<Event<E>>, PublishError> {
        if self.fails() {
            return Err(PublishError::Unavailable);
        }
        let apps = self.apps();
        let captures: Vec<_> = apps
            .iter()
            .flat_map(|app| {
                let mut captures = lock(&app.captures);
                captures.retain(|capture| !capture.is_over());
                captures.clone()
            })
            .collect();
        if captures.is_empty() {
            return Ok(Some(Event::Own(event)));
        }
        let event = Arc::new(event);
        let (groups, connection) = match to {
            To::Connection(id) | To::Remote(_, id) => (Vec::new(), Some(*id)),
            To::Groups(_) | To::Here(_) | To::Copy(_) => (to.groups().to_vec(), None),
        };
        let published = Published {
            consumer: C::NAME,
            groups,
            connection,
            except,
            text: encode::to_text(&*event, None).unwrap_or_default(),
            event: Arc::clone(&event) as _,
        };
        for capture in &captures {
            capture.record(published.clone());
        }
        let withheld = captures.iter().any(super::Capture::withholds);
        Ok((!withheld).then_some(Event::Shared(event)))
    }
}
