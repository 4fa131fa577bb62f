//! Presence: who is here, by user and by connection, told to everybody who is.
//!
//! A consumer tracks its connection in a group, and handles the [`Diff`]s that the group gets from then on. How many are
//! here when it comes is in what [`Presence::track`] returns, and counts itself; what changes later is in the diffs:
//! nothing is in both, and nothing in neither.
//!
//! ```
//! use realtime_runtime::{prelude::*, presence::{Diff, Presence}};
//!
//! /// Who has come, and who has gone.
//! #[message(action = "presence")]
//! pub struct Changed {
//!     users: usize,
//!     joined: Vec<String>,
//!     left: Vec<String>,
//! }
//!
//! pub struct Lobby;
//!
//! #[consumer(output(Changed))]
//! impl Lobby {
//!     #[on_connect]
//!     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
//!         let name = format!("guest {}", cx.connection_id());
//!         let here = cx.presence::<()>().track(cx, &Group::new(["all"]), name, ()).await?;
//!         cx.send(Changed { users: here.users, joined: Vec::new(), left: Vec::new() }).await?;
//!         Ok(Self)
//!     }
//!
//!     #[event_handler]
//!     async fn changed(event: &Diff<()>) -> Changed {
//!         let joined = event.joined.iter().map(|present| present.user.clone()).collect();
//!         Changed { users: event.totals.users, joined, left: event.left.clone() }
//!     }
//! }
//!
//! /// From anywhere, for example an HTTP handler.
//! async fn is_anybody_here(layer: ChannelLayer) -> Result<bool, Error> {
//!     let presence: Presence<()> = layer.presence();
//!     Ok(presence.totals(&Group::<Lobby>::new(["all"])).await?.users > 0)
//! }
//! # fn main() {}
//! ```

mod batch;
mod desk;
mod engine;
mod memory;
mod roster;
mod settings;
#[cfg(test)]
mod tests;
mod types;

use std::{fmt, marker::PhantomData, sync::Arc};

use bytes::Bytes;

pub(crate) use desk::Desk;
pub(crate) use settings::Settings;
pub use types::{Diff, Metadata, Page, Present, Snapshot, Totals};

use crate::{
    connection::Link,
    consumer::{Consumer, HandledBy},
    context::{Connect, Context, OwnedContext},
    hook::Seam,
    layer::{ChannelLayer, Group, JoinError, PublishError, Publishing, To, WeakLayer},
};
use batch::{Batch, Fate};
use desk::Room;
use engine::{EngineError, Entered, Entry, RawPresent};
use memory::Memory;

/// A name has so many bytes at most.
const LONGEST_NAME: usize = 256;

/// Who is present in groups, with metadata `M` for each connection. Cheap to clone.
///
/// From [`Connect::presence`], [`Context::presence`] or [`ChannelLayer::presence`]. The group's consumer has to handle
/// [`Diff<M>`](Diff).
pub struct Presence<M = ()> {
    layer: ChannelLayer,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> Presence<M> {
    pub(crate) fn new(layer: &ChannelLayer) -> Self {
        Self {
            layer: layer.clone(),
            metadata: PhantomData,
        }
    }

    /// Joins the group, and makes the connection known there as one of `user`, of 256 bytes at most, until it is over or
    /// [leaves](Context::leave) the group. Returns how many are present now, itself included.
    ///
    /// A user joins with the first connection and leaves when the [grace](crate::RealtimeBuilder::presence_grace) after the
    /// last one is over; a connection more or less in between tells nobody anything. From here on the connection gets the
    /// group's [`Diff`]s: of what came after it, and of its own user if that has joined with it. Tracking again replaces
    /// metadata and user.
    ///
    /// # Errors
    /// Beyond a limit, each of which the builder sets; and where the metadata cannot be written as JSON. The connection is
    /// then not in the group, unless it was before.
    ///
    /// # Cancel safety
    /// Cancelled, the connection may be in the group without being present there, or present.
    pub async fn track<C, X>(
        &self,
        connection: &X,
        group: &Group<C>,
        user: impl Into<Arc<str>>,
        metadata: M,
    ) -> Result<Totals, PresenceError>
    where
        C: Consumer,
        X: Connected<C>,
        Diff<M>: HandledBy<C>,
    {
        let Tie(link) = connection.tie();
        let tracked = self.enter(link, group, user.into(), &metadata, false).await;
        tracked.map(|snapshot| snapshot.totals)
    }

    /// As [`Presence::track`], and returns who was there before: the diffs go on from there, with nothing lost and nothing
    /// twice.
    ///
    /// Its own user is among them only if that was present already; else it is in the first diff, among those who joined.
    /// Where the connection was in the group already, the first diff may have what it has seen here.
    ///
    /// # Errors
    /// As [`Presence::track`].
    ///
    /// # Cancel safety
    /// As [`Presence::track`].
    pub async fn track_and_list<C, X>(
        &self,
        connection: &X,
        group: &Group<C>,
        user: impl Into<Arc<str>>,
        metadata: M,
    ) -> Result<Snapshot<M>, PresenceError>
    where
        C: Consumer,
        X: Connected<C>,
        Diff<M>: HandledBy<C>,
    {
        let Tie(link) = connection.tie();
        self.enter(link, group, user.into(), &metadata, true).await
    }

    async fn enter<C>(
        &self,
        link: &Arc<Link>,
        group: &Group<C>,
        user: Arc<str>,
        metadata: &M,
        look: bool,
    ) -> Result<Snapshot<M>, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        let (desk, key) = (self.desk()?, group.key());
        let meta = self.encode(desk, metadata)?;
        if user.len() > LONGEST_NAME {
            return Err(PresenceError::NameTooLong);
        }
        let entry = Entry {
            user,
            connection: link.id(),
            meta,
        };
        let room = desk.open(key, tell::<C, M>);
        let entered = self.enter_room(desk, &room, link, key, entry, look).await;
        let entered = entered.map(|entered| Snapshot {
            totals: room.totals(),
            before: entered.present.iter().map(decode).collect(),
        });
        drop(room);
        desk.close_if_empty(key);
        entered
    }

    async fn enter_room(
        &self,
        desk: &Desk,
        room: &Room,
        link: &Arc<Link>,
        key: &Arc<str>,
        entry: Entry,
        look: bool,
    ) -> Result<Entered, PresenceError> {
        let _turn = room.gate.lock().await;
        let was_in = link.is_in(key);
        self.layer.join(link, key).await?;
        // Before the engine knows of it, so that the connection's end finds it here, whenever that comes.
        desk.track(room, link.id());
        let entered = desk.engine.enter(key, entry, look).await;
        match &entered {
            Ok(entered) if !was_in => desk.welcome(room, link.id(), entered.revision),
            Err(_) if !was_in => self.layer.leave(link, key),
            _ => {}
        }
        if !link.is_in(key) {
            // It is over, and has been taken out already, perhaps before it was in.
            desk.track(room, link.id());
            desk.exit(key, link.id());
        }
        Ok(entered?)
    }

    /// Replaces the metadata of a connection. `false`: it is not tracked in the group.
    ///
    /// # Errors
    /// As [`Presence::track`].
    pub async fn update<C, X>(
        &self,
        connection: &X,
        group: &Group<C>,
        metadata: M,
    ) -> Result<bool, PresenceError>
    where
        C: Consumer,
        X: Connected<C>,
        Diff<M>: HandledBy<C>,
    {
        let desk = self.desk()?;
        let meta = self.encode(desk, &metadata)?;
        let id = connection.tie().0.id();
        Ok(desk.engine.update(group.key(), id, meta).await?)
    }

    /// How many are present.
    ///
    /// # Errors
    /// When the engine cannot be reached, which does not happen within one process.
    pub async fn totals<C>(&self, group: &Group<C>) -> Result<Totals, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        Ok(self.desk()?.engine.totals(group.key()).await?)
    }

    /// At most `limit` of those who are present, by name, of those after `after`.
    ///
    /// # Errors
    /// As [`Presence::totals`].
    pub async fn list<C>(
        &self,
        group: &Group<C>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<M>, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        let engine = &self.desk()?.engine;
        let found = engine.list(group.key(), after, limit).await?;
        let next = found.last().filter(|_| found.len() == limit);
        Ok(Page {
            next: next.map(|last| last.user.to_string()),
            users: found.iter().map(decode).collect(),
        })
    }

    /// All who are present, by name.
    ///
    /// # Errors
    /// As [`Presence::totals`].
    pub async fn all<C>(&self, group: &Group<C>) -> Result<Vec<Present<M>>, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        /// An engine answers so many at once.
        const PAGE: usize = 1000;

        let mut page = self.list(group, None, PAGE).await?;
        while let Some(next) = page.next.take() {
            let more = self.list(group, Some(&next), PAGE).await?;
            page.users.extend(more.users);
            page.next = more.next;
        }
        Ok(page.users)
    }

    /// What is known of one user. `None`: not present.
    ///
    /// # Errors
    /// As [`Presence::totals`].
    pub async fn get<C>(
        &self,
        group: &Group<C>,
        user: &str,
    ) -> Result<Option<Present<M>>, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        let found = self.desk()?.engine.find(group.key(), user).await?;
        Ok(found.as_ref().map(decode))
    }

    /// Whether a user is present, if only in the grace.
    ///
    /// # Errors
    /// As [`Presence::totals`].
    pub async fn is_present<C>(&self, group: &Group<C>, user: &str) -> Result<bool, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        Ok(self.get(group, user).await?.is_some())
    }

    fn desk(&self) -> Result<&Desk, PublishError> {
        let seam = self.layer.looked_at();
        if seam.is_some_and(Seam::fails) {
            return Err(PublishError::Unavailable);
        }
        Ok(self.layer.desk())
    }

    fn encode(&self, desk: &Desk, metadata: &M) -> Result<Bytes, PresenceError> {
        let text = serde_json::to_vec(metadata).map_err(PresenceError::Metadata)?;
        // What cannot be read again would be nobody's.
        serde_json::from_slice::<M>(&text).map_err(PresenceError::Metadata)?;
        let limit = desk.settings.metadata;
        if text.len() > limit {
            return Err(PresenceError::TooLarge { limit });
        }
        Ok(text.into())
    }
}

/// Publishes what has changed as the event that the group's consumer handles.
fn tell<C, M>(layer: &ChannelLayer, to: To, batch: Batch) -> Publishing
where
    C: Consumer,
    M: Metadata,
    Diff<M>: HandledBy<C>,
{
    let mut diff = Diff {
        totals: batch.totals,
        joined: Vec::new(),
        left: Vec::new(),
        updated: Vec::new(),
    };
    for (user, fate) in batch.users {
        match fate {
            Fate::Joined(present) => diff.joined.push(decode(&present)),
            Fate::Updated(present) => diff.updated.push(decode(&present)),
            Fate::Left => diff.left.push(user.to_string()),
        }
    }
    Publishing::new::<C, Diff<M>>(layer.clone(), to, None, diff)
}

fn decode<M: Metadata>(present: &RawPresent) -> Present<M> {
    let metas = present.metas.iter().filter_map(|meta| {
        let read = serde_json::from_slice(meta);
        if let Err(error) = &read {
            tracing::warn!(%error, "skipped metadata that cannot be read");
        }
        read.ok()
    });
    Present {
        metas: metas.collect(),
        user: present.user.to_string(),
        connections: present.connections,
    }
}

/// What stands for a connection of the consumer `C`: [`Connect`], [`Context`], [`OwnedContext`]. Sealed.
pub trait Connected<C: Consumer>: sealed::Sealed {
    #[doc(hidden)]
    fn tie(&self) -> Tie<'_>;
}

/// A connection, to this crate alone.
#[doc(hidden)]
#[derive(Debug)]
pub struct Tie<'a>(&'a Arc<Link>);

macro_rules! connected {
    ($($context:ty),*) => {$(
        impl<C: Consumer> sealed::Sealed for $context {}

        impl<C: Consumer> Connected<C> for $context {
            fn tie(&self) -> Tie<'_> {
                Tie(self.session_link())
            }
        }
    )*};
}

connected!(Connect<'_, C>, Context<'_, C>, OwnedContext<C>);

mod sealed {
    pub trait Sealed {}
}

/// The presence of an application, once somebody asks for it.
pub(crate) fn start(
    layer: WeakLayer,
    settings: Settings,
    clock: crate::connection::Clock,
) -> Arc<Desk> {
    Desk::new(
        layer,
        settings,
        Box::new(Memory::new(clock, settings.limits())),
    )
}

/// Why presence could not be tracked or looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresenceError {
    /// The connection is in as many groups as it may be.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// So many connections, and users in their grace, are present in the group already.
    #[error("a group may have {limit} present at most")]
    Full {
        /// How many may be.
        limit: usize,
    },
    /// The user's name is too long.
    #[error("a name of a user may have {LONGEST_NAME} bytes at most")]
    NameTooLong,
    /// The metadata is too large.
    #[error("metadata may have {limit} bytes at most")]
    TooLarge {
        /// How many bytes of JSON it may have.
        limit: usize,
    },
    /// The metadata cannot be written as JSON, or not be read again.
    #[error("metadata cannot be written as JSON and read again: {0}")]
    Metadata(#[source] serde_json::Error),
    /// Presence cannot be reached. Within one process that does not happen.
    #[error(transparent)]
    Unavailable(#[from] PublishError),
}

impl From<EngineError> for PresenceError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Full { limit, .. } => Self::Full { limit },
            EngineError::Unavailable => Self::Unavailable(PublishError::Unavailable),
        }
    }
}

impl<M> Clone for Presence<M> {
    fn clone(&self) -> Self {
        Self {
            layer: self.layer.clone(),
            metadata: PhantomData,
        }
    }
}

impl<M> fmt::Debug for Presence<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence").finish_non_exhaustive()
    }
}
