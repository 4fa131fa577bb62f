//! Publishing: from one event to every connection that is concerned.

use std::{
    fmt,
    future::Future,
    panic::Location,
    pin::Pin,
    slice,
    sync::Arc,
    task::{self, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::{runtime::Handle, sync::mpsc, task::coop};

use super::{ChannelLayer, GroupCopy, NodeId, bus::Bus, queue::Begun};
use crate::{
    cause::{self, Cause},
    connection::{ConnectionId, Event, EventKind, Frames, Item, Link, Pushed},
    consumer::{Consumer, FanOut, HandledBy, frame},
    error::Error,
    hook::{self, names},
    message::TagKey,
    panic::guard,
    wire::{self, encode},
};

/// What events are sent through: a context, or the channel layer itself.
pub trait Publish: Sync {
    /// The layer.
    fn channel_layer(&self) -> ChannelLayer;

    /// The connection that is left out.
    fn excluded(&self) -> Option<ConnectionId> {
        None
    }
}

impl Publish for ChannelLayer {
    fn channel_layer(&self) -> ChannelLayer {
        self.clone()
    }
}

/// Sends to everybody but one connection; other connections of the same user are served.
#[derive(Clone, Debug)]
pub struct ExcludeSelf {
    layer: ChannelLayer,
    id: ConnectionId,
}

impl ExcludeSelf {
    pub(crate) fn new(layer: ChannelLayer, id: ConnectionId) -> Self {
        Self { layer, id }
    }
}

impl Publish for ExcludeSelf {
    fn channel_layer(&self) -> ChannelLayer {
        self.layer.clone()
    }

    fn excluded(&self) -> Option<ConnectionId> {
        Some(self.id)
    }
}

/// Why an event could not be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Too much waits already: with [`Group::try_publish`](super::Group::try_publish), to be published; with
    /// [`Address::send`](super::Address::send), for that client, whose outbox policy has dropped this or closed it.
    #[error("too much waits already")]
    Full,
    /// The bus to other nodes cannot be reached: members of this node have the event, others may not. Within one process
    /// that does not happen, unless a test asks for it.
    #[error("the channel layer cannot be reached")]
    Unavailable,
    /// The event is larger than the bus to other nodes takes; members of this node have it.
    #[error("the event is too large for the channel layer")]
    TooLarge,
    /// The event cannot be written as JSON, for other nodes; members of this node have it.
    #[error("the event cannot be written as JSON")]
    NotJson,
}

/// Who gets an event.
#[derive(Clone, Debug)]
pub(crate) enum To {
    Groups(Vec<Arc<str>>),
    Connection(ConnectionId),
    /// A connection of another node.
    Remote(NodeId, ConnectionId),
    /// The members of a group on this node.
    Here(Arc<str>),
    Copy(GroupCopy),
}

impl To {
    pub(crate) fn groups(&self) -> &[Arc<str>] {
        match self {
            Self::Groups(groups) => groups,
            Self::Connection(_) | Self::Remote(..) => &[],
            Self::Here(group) | Self::Copy(GroupCopy { group, .. }) => slice::from_ref(group),
        }
    }
}

/// An event that is being published: await it.
///
/// A type of its own, not an `async fn`'s: the compiler asks for the bounds of the call once, not again of its future.
#[must_use = "nothing is published unless it is awaited"]
pub struct Publishing(Job<Result<(), PublishError>>);

impl Publishing {
    #[track_caller]
    pub(super) fn new<C: Consumer, E: HandledBy<C>>(
        layer: ChannelLayer,
        to: To,
        except: Option<ConnectionId>,
        event: E,
    ) -> Self {
        let cause = cause::<C, E>(&layer, Location::caller());
        if layer.looked_at().is_none() {
            let event = hook::Event::Own(event);
            return Self(Box::pin(publish::<C, E>(
                layer, to, except, event, cause, None,
            )));
        }
        // In a test alone, so that the future of production stays as small as it is.
        Self(Box::pin(async move {
            match offer::<C, E>(&layer, &to, except, event)? {
                Some(event) => publish::<C, E>(layer, to, except, event, cause, None).await,
                None => Ok(()),
            }
        }))
    }
}

impl Future for Publishing {
    type Output = Result<(), PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Publishing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publishing").finish_non_exhaustive()
    }
}

/// How long a shared event handler may take: whoever publishes waits for it, and what was handed over behind it too.
const SHARED_HANDLER: Duration = Duration::from_secs(10);

/// An event to so many members takes one unit more of its task's budget, of which tokio gives 128 for each turn.
const MEMBERS_PER_UNIT: usize = 128;

/// What an event is caused by that is published now.
fn cause<C: Consumer, E: HandledBy<C>>(
    layer: &ChannelLayer,
    at: &'static Location<'static>,
) -> Cause {
    layer.cause().work_from(Some(at), || {
        Arc::new(|| {
            let tag = E::TAGS.first().copied().unwrap_or_default();
            format!("the event `{tag}` for `{}`", C::NAME)
        })
    })
}

/// Lets a test look on. `None`: nobody is to get the event.
fn offer<C: Consumer, E: HandledBy<C>>(
    layer: &ChannelLayer,
    to: &To,
    except: Option<ConnectionId>,
    event: E,
) -> Result<Option<hook::Event<E>>, PublishError> {
    match layer.looked_at() {
        None => Ok(Some(hook::Event::Own(event))),
        Some(seam) => seam.publish::<C, E>(to, except, event),
    }
}

/// To the members of this node, then to others: those of here never wait for the bus.
///
/// `begun` is told when what is left is to wait for the bus.
async fn publish<C, E>(
    layer: ChannelLayer,
    to: To,
    except: Option<ConnectionId>,
    event: hook::Event<E>,
    cause: Cause,
    begun: Option<Begun>,
) -> Result<(), PublishError>
where
    C: Consumer,
    E: HandledBy<C>,
{
    let Some(bus) = layer.bus() else {
        return deliver::<C, E>(&layer, to, except, event, cause).await;
    };
    let outgoing = bus.outgoing::<C, E>(&to, &event);
    let delivered = deliver::<C, E>(&layer, to, except, event, cause).await;
    if let Some(outgoing) = outgoing? {
        bus.start(&layer.downgrade());
        let sent = bus.publish(outgoing);
        if let Some(begun) = begun {
            begun.set();
        }
        sent.await?;
    }
    delivered
}

/// What is to be done with an event of another node. `None`: it cannot be read.
pub(super) fn arrived<C, E>(layer: ChannelLayer, to: To, text: &str) -> Option<Job>
where
    C: Consumer,
    E: HandledBy<C>,
{
    let (event, _) = wire::from_text::<E>(text)?;
    Some(Box::pin(async move {
        let cause = cause::<C, E>(&layer, Location::caller());
        let event = hook::Event::Own(event);
        // Full for that client: its outbox policy has dealt with it.
        let _ = deliver::<C, E>(&layer, to, None, event, cause).await;
    }))
}

/// To the members of this node.
async fn deliver<C, E>(
    layer: &ChannelLayer,
    to: To,
    except: Option<ConnectionId>,
    event: hook::Event<E>,
    cause: Cause,
) -> Result<(), PublishError>
where
    C: Consumer,
    E: HandledBy<C>,
{
    // Nothing else here waits as a rule: a loop that publishes must let the members' tasks write.
    coop::consume_budget().await;
    // Without a member there is nothing to do, and nothing to encode.
    if matches!(to, To::Remote(..))
        || !matches!(to, To::Connection(_)) && !layer.hub().has_members(to.groups())
    {
        return Ok(());
    }
    let Some(item) = item::<C, E>(layer, &to, event, cause).await else {
        return Ok(());
    };
    match to {
        To::Groups(groups) => {
            let left_out = |link: &Link| Some(link.id()) == except;
            let members = layer.hub().push_to_groups(&groups, left_out, &item);
            make_way(members).await;
        }
        To::Here(group) => {
            let members = layer.hub().push_to_groups(&[group], |_| false, &item);
            make_way(members).await;
        }
        To::Copy(copy) => {
            let left_out = |link: &Link| !link.takes(&copy.earlier, copy.event);
            let members = layer.hub().push_to_groups(&[copy.group], left_out, &item);
            make_way(members).await;
        }
        To::Remote(..) => {}
        To::Connection(id) if Some(id) == except => {}
        To::Connection(id) => {
            if layer.hub().push_to(id, item) == Pushed::Full {
                return Err(PublishError::Full);
            }
        }
    }
    Ok(())
}

/// What each member gets. `None`: the handler failed, which the log has.
async fn item<C, E>(
    layer: &ChannelLayer,
    to: &To,
    event: hook::Event<E>,
    cause: Cause,
) -> Option<Item>
where
    C: Consumer,
    E: HandledBy<C>,
{
    let handled = match (to, layer.bus().map(Bus::copies)) {
        (To::Copy(copy), Some(copies)) => {
            let handle = || fan_out::<C, E>(layer, &event);
            copies.once(copy.event, handle).await
        }
        _ => fan_out::<C, E>(layer, &event).await,
    };
    Some(match handled? {
        None => Item::Event(Event {
            value: event.into_shared(),
            kind: const {
                &EventKind {
                    text: |event| encode::to_text(event.downcast_ref::<E>()?, None).ok(),
                    tags: E::TAGS,
                }
            },
            cause,
        }),
        Some((bytes, count)) => Item::Frames(shared::<C>(bytes, count, to, cause)),
    })
}

/// An event for the members of a group on this node, when its handler has run.
pub(crate) enum Prepared {
    /// It can be pushed at once.
    Ready(Ready),
    /// A test does not want it to be delivered.
    Withheld,
    /// Its handler failed, which the log has.
    Failed,
    /// A test wants the layer to be out of reach.
    Unavailable,
}

/// An event that nothing more is to be done for.
pub(crate) struct Ready {
    group: Arc<str>,
    item: Item,
}

impl Ready {
    /// Pushes it to every member. Does not wait.
    pub(crate) fn push(&self, layer: &ChannelLayer) {
        let groups = slice::from_ref(&self.group);
        layer.hub().push_to_groups(groups, |_| false, &self.item);
    }
}

/// Runs the handler of an event for the members of a group on this node.
pub(crate) async fn prepare<C, E>(layer: ChannelLayer, group: Arc<str>, event: E) -> Prepared
where
    C: Consumer,
    E: HandledBy<C>,
{
    let cause = cause::<C, E>(&layer, Location::caller());
    let to = To::Here(Arc::clone(&group));
    let event = match offer::<C, E>(&layer, &to, None, event) {
        Ok(Some(event)) => event,
        Ok(None) => return Prepared::Withheld,
        Err(_) => return Prepared::Unavailable,
    };
    match item::<C, E>(&layer, &to, event, cause).await {
        Some(item) => Prepared::Ready(Ready { group, item }),
        None => Prepared::Failed,
    }
}

/// Who writes to so many members has its turn for as many before their outboxes are full.
async fn make_way(members: usize) {
    for _ in 0..members / MEMBERS_PER_UNIT {
        coop::consume_budget().await;
    }
}

/// What a shared handler made of an event: the bytes that every member gets, which are so many frames, or nothing where
/// each member handles the event itself. `None`: it failed, which the log has.
pub(super) type Handled = Option<Option<(Bytes, usize)>>;

/// Runs the handler if it is shared.
async fn fan_out<C: Consumer, E: HandledBy<C>>(layer: &ChannelLayer, event: &E) -> Handled {
    let handled = async {
        Ok::<_, Error>(match event.fan_out().await? {
            FanOut::Each => None,
            FanOut::Frames(bytes, count) => Some((bytes, count)),
            FanOut::Same => Some((frame(event)?, 1)),
        })
    };
    // An application's error may panic even while it is shown.
    let guarded = guard(async {
        match layer.0.clock.timeout(SHARED_HANDLER, handled).await {
            Some(Ok(fan_out)) => {
                // One with `self` panics where it runs.
                if fan_out.is_some() && layer.takes_fault::<C>(E::TAGS) {
                    names::fault();
                }
                return Some(fan_out);
            }
            Some(Err(error)) => {
                // `Debug` shows its causes, too.
                tracing::error!(consumer = C::NAME, ?error, "an event handler failed");
            }
            None => tracing::error!(consumer = C::NAME, "an event handler took too long"),
        }
        None
    });
    guarded.await.unwrap_or_else(|panic| {
        layer.panicked(&names::of_event::<C>(E::TAGS), &panic);
        tracing::error!(consumer = C::NAME, panic, "an event handler failed");
        None
    })
}

/// The bytes that every member gets, with the completion frame where the consumer asks for it.
fn shared<C: Consumer>(bytes: Bytes, count: usize, to: &To, cause: Cause) -> Frames {
    if !C::COMPLETIONS {
        return Frames {
            bytes,
            count,
            signals: 0,
            cause,
        };
    }
    let tag = match to {
        To::Groups(_) | To::Here(_) | To::Copy(_) => "group_complete",
        To::Connection(_) | To::Remote(..) => "event_complete",
    };
    let mut out = Vec::from(bytes);
    encode::signal(&mut out, <C::Tag as TagKey>::FORM, tag, None);
    Frames {
        bytes: out.into(),
        count: count + 1,
        signals: 1,
        cause,
    }
}

pub(super) type Job<T = ()> = Pin<Box<dyn Future<Output = T> + Send>>;

#[track_caller]
pub(super) fn try_publish<C, E>(
    layer: &ChannelLayer,
    to: To,
    except: Option<ConnectionId>,
    event: E,
) -> Result<(), PublishError>
where
    C: Consumer,
    E: HandledBy<C>,
{
    let cause = cause::<C, E>(layer, Location::caller());
    let Some(event) = offer::<C, E>(layer, &to, except, event)? else {
        return Ok(());
    };
    later(layer, |begun| {
        let inner = cause.clone();
        let published = publish::<C, E>(layer.clone(), to, except, event, inner, Some(begun));
        cause::within(cause, async move {
            if let Err(error) = published.await {
                tracing::warn!(consumer = C::NAME, %error, "not everybody has an event that was handed over");
            }
        })
    })
}

/// Has `job` done after what was handed over before it: as far as it waits for the bus, beside what comes next.
pub(super) fn later<F>(
    layer: &ChannelLayer,
    job: impl FnOnce(Begun) -> F,
) -> Result<(), PublishError>
where
    F: Future<Output = ()> + Send + 'static,
{
    // Without a bus nobody is there to be served before the first connection.
    if layer.bus().is_some() && Handle::try_current().is_ok() {
        layer.queue().start();
    }
    let Some(queue) = layer.queue().sender() else {
        return match layer.bus() {
            Some(_) => Err(PublishError::Unavailable),
            None => Ok(()),
        };
    };
    let begun = Begun::default();
    let job: Job = Box::pin(job(begun.clone()));
    match queue.try_send((job, begun)) {
        Ok(()) => Ok(()),
        Err(mpsc::error::TrySendError::Full(_)) => Err(PublishError::Full),
        // The runtime is shutting down: nobody is there to be served.
        Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
    }
}
