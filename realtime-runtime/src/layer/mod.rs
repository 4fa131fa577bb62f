//! The channel layer: from anywhere in the process to every connection that is concerned.

mod bus;
mod copies;
mod gap;
mod group;
mod hub;
mod publish;
mod queue;
mod timer;
mod writers;

use std::{
    fmt,
    sync::{Arc, OnceLock, Weak},
};

pub(crate) use bus::Carried;
pub(crate) use bus::{Bus, Events, NodeId, Outgoing, PresenceTopic};
pub use bus::{MemoryBus, MemoryNode, broker};
pub use gap::Gap;
pub(crate) use gap::Listeners;
pub use group::{Address, Group, JoinError};
pub use publish::{ExcludeSelf, Publish, PublishError, Publishing};
pub use timer::Timer;

use crate::{
    auth::{Registry, Target},
    cause::Cause,
    connection::{Clock, Link},
    consumer::Consumer,
    hook::Seam,
    presence::{self, Desk, Metadata, Presence},
    wire::CloseCode,
};
pub(crate) use copies::GroupCopy;
pub(crate) use hub::Hub;
pub(crate) use publish::{Prepared, To, prepare};
use queue::Queue;

/// The channel layer of an application: a cheap handle to publish with, from any task or thread.
///
/// ```no_run
/// # use realtime_runtime::prelude::*;
/// # #[message(action = "news")] pub struct News { text: String }
/// # pub struct Feed;
/// # #[consumer] impl Feed {
/// #     #[on_connect] async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> { Ok(Self) }
/// #     #[event_handler] async fn news(event: &News) -> News { event.clone() }
/// # }
/// # async fn f(layer: ChannelLayer) -> Result<(), Error> {
/// Group::<Feed>::new(["all"]).send(&layer, News { text: "It works.".into() }).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ChannelLayer(Arc<Inner>);

struct Inner {
    hub: Hub,
    registry: Arc<Registry>,
    clock: Clock,
    queue: Queue,
    /// Set where a test looks on. Asked once for each event, and for nothing else: one load beside what is read anyway.
    seam: OnceLock<Seam>,
    /// The way to other nodes, if there may be some.
    bus: Option<Bus>,
    listeners: Listeners,
    presence: presence::Settings,
    /// Who is present, once somebody asks.
    desk: OnceLock<Arc<Desk>>,
}

/// A channel layer, for as long as somebody else has it.
#[derive(Clone, Debug)]
pub(crate) struct WeakLayer(Weak<Inner>);

impl WeakLayer {
    pub(crate) fn upgrade(&self) -> Option<ChannelLayer> {
        self.0.upgrade().map(ChannelLayer)
    }
}

impl ChannelLayer {
    pub(crate) fn new(
        clock: Clock,
        presence: presence::Settings,
        bus: Option<Bus>,
        listeners: Listeners,
    ) -> Self {
        Self(Arc::new(Inner {
            hub: Hub::default(),
            registry: Arc::default(),
            clock,
            queue: Queue::default(),
            seam: OnceLock::new(),
            bus,
            listeners,
            presence,
            desk: OnceLock::new(),
        }))
    }

    /// Whether a test wants the handler of these events to panic.
    pub(crate) fn takes_fault<C: Consumer>(&self, tags: &[&'static str]) -> bool {
        let seam = self.looked_at();
        seam.is_some_and(|seam| seam.takes_fault::<C>(tags))
    }

    /// Tells a test, if there is one, of a panic that was caught.
    pub(crate) fn panicked(&self, what: &str, message: &str) {
        if let Some(seam) = self.looked_at() {
            seam.panicked(what, message);
        }
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.0.registry
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// Where a test looks on, if one does.
    pub(crate) fn looked_at(&self) -> Option<&Seam> {
        if cfg!(realtime_bare) {
            return None;
        }
        self.0.seam.get()
    }

    /// Where a test looks on, from now on.
    pub(crate) fn seam(&self) -> &Seam {
        self.0.seam.get_or_init(Seam::default)
    }

    /// Who is present in groups, with metadata `M` for each connection.
    pub fn presence<M: Metadata>(&self) -> Presence<M> {
        Presence::new(self)
    }

    pub(crate) fn desk(&self) -> &Desk {
        self.0.desk.get_or_init(|| {
            presence::start(self.downgrade(), self.0.presence, self.0.clock.clone())
        })
    }

    pub(crate) fn downgrade(&self) -> WeakLayer {
        WeakLayer(Arc::downgrade(&self.0))
    }

    /// What happens now is caused by.
    fn cause(&self) -> Cause {
        let cause = Cause::current();
        match self.looked_at() {
            Some(seam) if cause.is_none() => seam.background(),
            _ => cause,
        }
    }

    fn listeners(&self) -> &Listeners {
        &self.0.listeners
    }

    pub(crate) fn bus(&self) -> Option<&Bus> {
        self.0.bus.as_ref()
    }

    /// Whether what is published here can reach other nodes, or there are none. To be called within a runtime.
    pub(crate) fn carries(&self) -> bool {
        let Some(bus) = self.bus() else {
            return true;
        };
        // Else nobody would come who has it started, where only those that are ready are sent somebody.
        bus.start(&self.downgrade());
        bus.health() == broker::Health::Up
    }

    /// This process, to others; 0 where there are none.
    pub(crate) fn node(&self) -> NodeId {
        self.bus().map(Bus::node).unwrap_or_default()
    }

    /// Closes every connection of a user or a session, also those whose handshake is under way.
    ///
    /// Returns how many stood here. Does not wait for them to be gone, nor for other nodes, which are told if they can be.
    pub fn kick(&self, target: Target, code: CloseCode, reason: &str) -> usize {
        self.order(|bus| bus.kick(&target, code, reason));
        self.0.registry.kick(target, code, reason)
    }

    /// Tells other nodes, if there may be some.
    fn order(&self, order: impl FnOnce(&Bus) -> Outgoing) {
        let Some(bus) = self.bus() else {
            return;
        };
        let (outgoing, layer) = (order(bus), self.clone());
        let told = publish::later(self, |begun| async move {
            let Some(bus) = layer.bus() else {
                return;
            };
            bus.start(&layer.downgrade());
            let sent = bus.publish(outgoing);
            begun.set();
            if let Err(error) = sent.await {
                tracing::warn!(%error, "could not tell other nodes to close or to ask again");
            }
        });
        if let Err(error) = told {
            tracing::warn!(%error, "could not tell other nodes to close or to ask again");
        }
    }

    /// As [`Realtime::recheck`](crate::Realtime::recheck).
    pub fn recheck(&self, target: Target) -> usize {
        self.order(|bus| bus.recheck(&target));
        self.0.registry.recheck(target)
    }

    pub(crate) async fn join(&self, link: &Arc<Link>, group: &Arc<str>) -> Result<(), JoinError> {
        self.0.hub.join(link, group)?;
        if let Some(bus) = self.bus() {
            bus.subscribe(&self.downgrade(), group).await;
        }
        Ok(())
    }

    /// Who is present, if somebody has asked.
    pub(crate) fn begun_desk(&self) -> Option<&Arc<Desk>> {
        self.0.desk.get()
    }

    pub(crate) fn leave(&self, link: &Arc<Link>, group: &Arc<str>) {
        self.0.hub.leave(link, group);
        self.left(link, group);
    }

    /// Takes a connection out: of its groups, where it is no longer present, and from its address.
    pub(crate) fn remove(&self, link: &Link) {
        for group in self.0.hub.remove(link) {
            self.left(link, &group);
        }
    }

    fn left(&self, link: &Link, group: &Arc<str>) {
        if let Some(bus) = self.bus() {
            bus.let_go(&self.downgrade(), group);
        }
        if let Some(desk) = self.begun_desk() {
            desk.exit(group, link);
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl fmt::Debug for ChannelLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelLayer").finish_non_exhaustive()
    }
}
