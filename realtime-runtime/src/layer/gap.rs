//! Who is told that events of other nodes may be missing.

use std::{
    collections::HashSet,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::SystemTime,
};

use super::{ChannelLayer, Group};
use crate::{
    connection::{self, Item, Link},
    consumer::Consumer,
    panic,
};

/// What other nodes have published may not have come here, see [`RealtimeBuilder::on_gap`](crate::RealtimeBuilder::on_gap).
///
/// That may be a [`kick`](crate::Realtime::kick) or a [`recheck`](crate::Realtime::recheck), too, whichever groups it concerns.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Gap {
    /// When it began.
    pub since: SystemTime,
    /// `false`: it lasts. `true`: it is over; what is published from now on comes again.
    pub over: bool,
    /// `None`: whatever comes for this node.
    groups: Option<Vec<Arc<str>>>,
}

impl Gap {
    pub(crate) fn new(since: SystemTime, over: bool, groups: Option<Vec<Arc<str>>>) -> Self {
        Self {
            since,
            over,
            groups,
        }
    }

    /// Whether anything may be missing that comes for this node: events to all groups and connections.
    pub fn is_of_all(&self) -> bool {
        self.groups.is_none()
    }

    /// Whether events to the group may be missing.
    pub fn concerns<C: Consumer>(&self, group: &Group<C>) -> bool {
        let groups = self.groups.as_ref();
        groups.is_none_or(|groups| groups.contains(group.key()))
    }
}

type OnGap = Box<dyn Fn(&Gap) + Send + Sync>;

/// Whom a gap concerns.
#[derive(Default)]
pub(crate) struct Listeners {
    /// The consumers that handle events.
    consumers: HashSet<&'static str>,
    application: Option<OnGap>,
}

impl Listeners {
    pub(crate) fn tell(&mut self, application: impl Fn(&Gap) + Send + Sync + 'static) {
        self.application = Some(Box::new(application));
    }

    /// A consumer is mounted.
    pub(crate) fn add<C: Consumer>(&mut self) {
        if C::describe().takes_events() {
            self.consumers.insert(C::NAME);
        }
    }

    fn hears(&self, link: &Link) -> bool {
        self.consumers.contains(link.consumer())
    }
}

impl ChannelLayer {
    /// Tells the application, and then each connection that it concerns, so that who reads its state anew finds what the
    /// application has renewed.
    pub(crate) fn missed(&self, gap: &Gap) {
        tracing::warn!(?gap, "events of other nodes may be missing");
        let Listeners { application, .. } = self.listeners();
        if let Some(application) = application {
            let told = catch_unwind(AssertUnwindSafe(|| application(gap)));
            if let Err(panic) = told {
                let panic = panic::message(&*panic);
                self.panicked("what `on_gap` was given", &panic);
                tracing::error!(panic, "the application could not be told of a gap");
            }
        }
        let cause = self
            .cause()
            .work(|| Arc::new(|| "a gap on the bus".to_owned()));
        let item = Item::Gap(connection::Gap::unknown(gap.since, cause));
        let hears = |link: &Link| self.listeners().hears(link);
        match &gap.groups {
            Some(groups) => {
                self.hub()
                    .push_to_groups(groups, |link| !hears(link), &item);
            }
            None => {
                for link in self.hub().links().into_iter().filter(|link| hears(link)) {
                    link.push(item.clone());
                }
            }
        }
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners")
            .field("consumers", &self.consumers)
            .finish_non_exhaustive()
    }
}
