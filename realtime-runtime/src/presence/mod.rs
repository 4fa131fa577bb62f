//! Presence: who is here, by user and by connection, told to everybody who is.
//!
//! A consumer tracks its connection in a group, and handles the [`Diff`]s that the group gets from then on. How many are
//! here when it comes is in what [`Presence::track`] returns, and counts itself; [`Presence::track_and_list`] says who, and
//! what is different later is in the diffs: nothing is in both, and nothing in neither.
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
//!
//! With a [broker](crate::broker::Broker) it is the presence of all nodes: each tells the others of its own connections, and
//! keeps what they tell of theirs. A node that is killed counts for 20 s at most. Where the bus does not carry, nobody is
//! taken for gone: a node goes on with what it knows, and makes up for the rest when the bus is back.

mod batch;
mod change;
mod connected;
mod desk;
mod engine;
mod error;
mod groups;
mod message;
mod peers;
mod roster;
mod settings;
#[cfg(test)]
mod tests;
mod types;

use std::{fmt, marker::PhantomData, sync::Arc};

use bytes::Bytes;

pub use connected::Connected;
pub(crate) use desk::Desk;
pub use error::PresenceError;
pub(crate) use settings::Settings;
pub use types::{Diff, Metadata, Page, Present, Snapshot, Totals};

use crate::{
    consumer::{Consumer, HandledBy},
    hook::Seam,
    layer::{ChannelLayer, Group, PublishError, WeakLayer, prepare},
};
use batch::Batch;
use change::{Entry, RawPresent};
use connected::Tie;
use desk::Telling;

/// A name has so many bytes at most.
const LONGEST_NAME: usize = 256;

/// Who is present in groups, with metadata `M` for each connection. Cheap to clone.
///
/// From [`Connect::presence`](crate::Connect::presence), [`Context::presence`](crate::Context::presence) or
/// [`ChannelLayer::presence`]. The group's consumer has to handle [`Diff<M>`](Diff).
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
    /// [leaves](crate::Context::leave) the group. Returns how many are present now, itself included.
    ///
    /// A user joins with the first connection and leaves when the [grace](crate::RealtimeBuilder::presence_grace) after the
    /// last one is over; a connection more or less in between tells nobody anything. From here on the connection gets the
    /// group's [`Diff`]s, the first of which may have its own user. Tracking again replaces metadata and user.
    ///
    /// # Errors
    /// Beyond a limit, each of which the builder sets; where the metadata cannot be written as JSON; and for a connection
    /// that is over. Nothing has changed then.
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
        let entry = self.entry(connection, user.into(), &metadata)?;
        let snapshot = self.enter(connection, group, entry, false).await?;
        Ok(snapshot.totals)
    }

    /// As [`Presence::track`], and says what the user has said last: `metadata` counts where that is not present.
    ///
    /// So a further tab, and one that comes back within the grace, goes on with what was said.
    ///
    /// # Errors
    /// As [`Presence::track`].
    ///
    /// # Cancel safety
    /// As [`Presence::track`].
    pub async fn resume<C, X>(
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
        let mut entry = self.entry(connection, user.into(), &metadata)?;
        entry.resume = true;
        let snapshot = self.enter(connection, group, entry, false).await?;
        Ok(snapshot.totals)
    }

    /// As [`Presence::track`], and returns who was there before, as the group has been told: the diffs go on from there, with
    /// nothing lost and nothing twice.
    ///
    /// Its own user is among them only if that was present already; else it is in the next diff, among those who joined.
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
        let entry = self.entry(connection, user.into(), &metadata)?;
        self.enter(connection, group, entry, true).await
    }

    fn entry<C: Consumer>(
        &self,
        connection: &impl Connected<C>,
        user: Arc<str>,
        metadata: &M,
    ) -> Result<Entry, PresenceError> {
        if user.len() > LONGEST_NAME {
            return Err(PresenceError::NameTooLong);
        }
        Ok(Entry {
            user,
            connection: connection.tie().0.id(),
            meta: self.encode(self.desk()?, metadata)?,
            resume: false,
        })
    }

    async fn enter<C: Consumer>(
        &self,
        connection: &impl Connected<C>,
        group: &Group<C>,
        entry: Entry,
        look: bool,
    ) -> Result<Snapshot<M>, PresenceError>
    where
        Diff<M>: HandledBy<C>,
    {
        let Tie(link) = connection.tie();
        let (desk, key) = (self.desk()?, group.key());
        let _known = desk.engine.know(key).await;
        // Dropped in the reverse order: first the room.
        let _closing = desk.closes(key);
        let room = desk.open(key, tell::<C, M>);
        let _turn = room.turn().await;
        let was_in = link.is_in(key);
        self.layer.join(link, key).await?;
        if !link.is_in(key) {
            return Err(PresenceError::Closed);
        }
        room.track(link.id());
        let entered = desk.engine.enter(key, entry);
        if entered.is_err() && !was_in {
            self.layer.leave(link, key);
        }
        desk.settle(&room, key, link);
        entered?;
        let before = if look {
            room.as_told(desk.engine.list(key, None, usize::MAX))
        } else {
            Vec::new()
        };
        Ok(Snapshot {
            totals: room.totals(),
            before: before.iter().map(decode).collect(),
        })
    }

    /// Replaces the metadata of a connection. `false`: it is not tracked in the group.
    ///
    /// # Errors
    /// As [`Presence::track`].
    #[expect(
        clippy::unused_async,
        reason = "as all the others: whether it waits is not part of what is promised"
    )]
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
        Ok(desk.engine.update(group.key(), id, meta))
    }

    /// Has all connections of a user say this, and a user in its grace. `false`: not present.
    ///
    /// # Errors
    /// As [`Presence::track`].
    pub async fn update_user<C>(
        &self,
        group: &Group<C>,
        user: &str,
        metadata: M,
    ) -> Result<bool, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        let desk = self.desk()?;
        let meta = self.encode(desk, &metadata)?;
        let (engine, group) = (&desk.engine, group.key());
        let _known = engine.know(group).await;
        Ok(engine.update_user(group, user, &meta))
    }

    /// How many are present.
    ///
    /// Of a group that this node does not know yet, other nodes are asked, for 1 s at most, or 2 s more where the bus hangs.
    ///
    /// # Errors
    /// Where a test wants the layer to be out of reach.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn totals<C>(&self, group: &Group<C>) -> Result<Totals, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        let (engine, group) = (&self.desk()?.engine, group.key());
        let _known = engine.know(group).await;
        Ok(engine.totals(group))
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
        let (engine, group) = (&self.desk()?.engine, group.key());
        let _known = engine.know(group).await;
        let found = engine.list(group, after, limit);
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
        let (engine, group) = (&self.desk()?.engine, group.key());
        let _known = engine.know(group).await;
        let found = engine.find(group, user);
        Ok(found.as_ref().map(decode))
    }

    /// What each connection of a user says of itself, what was said last at the end; nothing in the grace.
    ///
    /// # Errors
    /// As [`Presence::totals`].
    pub async fn metadata_of<C>(
        &self,
        group: &Group<C>,
        user: &str,
    ) -> Result<Vec<M>, PresenceError>
    where
        C: Consumer,
        Diff<M>: HandledBy<C>,
    {
        let (engine, group) = (&self.desk()?.engine, group.key());
        let _known = engine.know(group).await;
        let metas = engine.metas(group, user);
        Ok(metas.iter().filter_map(|meta| read(meta)).collect())
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

/// Makes of what has changed the event that the group's consumer handles, and has it handled.
fn tell<C, M>(layer: ChannelLayer, group: Arc<str>, batch: Batch) -> Telling
where
    C: Consumer,
    M: Metadata,
    Diff<M>: HandledBy<C>,
{
    Box::pin(async move {
        let diff = Diff {
            totals: batch.totals,
            joined: batch.joined.iter().map(decode).collect(),
            left: batch.left.iter().map(ToString::to_string).collect(),
            updated: batch.updated.iter().map(decode).collect(),
        };
        prepare::<C, Diff<M>>(layer, group, diff).await
    })
}

fn decode<M: Metadata>(present: &RawPresent) -> Present<M> {
    Present {
        user: present.user.to_string(),
        connections: present.connections,
        latest: read(&present.latest),
    }
}

fn read<M: Metadata>(meta: &[u8]) -> Option<M> {
    let read = serde_json::from_slice(meta);
    if let Err(error) = &read {
        tracing::warn!(%error, "skipped metadata that cannot be read");
    }
    read.ok()
}

/// The presence of an application, once somebody asks for it.
pub(crate) fn start(
    layer: WeakLayer,
    settings: Settings,
    clock: crate::connection::Clock,
) -> Arc<Desk> {
    Desk::new(layer, settings, clock)
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
