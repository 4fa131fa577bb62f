//! Presence on this node: who of here is tracked, and what members of here are told.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::runtime::Handle;

use super::{
    batch::{Batch, Pending, Told},
    engine::{Change, Engine},
    settings::Settings,
};
use crate::{
    connection::ConnectionId,
    layer::{ChannelLayer, Publishing, Timer, To, WeakLayer},
};

/// Publishes a batch. What the group's consumer and metadata are, is known where it was made.
pub(super) type Tell = fn(&ChannelLayer, To, Batch) -> Publishing;

/// Between the engine and this node's connections.
pub(crate) struct Desk {
    pub(super) engine: Box<dyn Engine>,
    pub(super) settings: Settings,
    layer: WeakLayer,
    rooms: Mutex<HashMap<Arc<str>, Arc<Room>>>,
}

/// A group that connections of this node are tracked in, or were until just now.
pub(super) struct Room {
    /// Held while members are told, and while somebody enters: whoever enters is either told of a change, or has come
    /// after it and counts it already.
    pub(super) gate: tokio::sync::Mutex<()>,
    tell: Tell,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pending: Pending,
    tracked: HashSet<ConnectionId>,
    flush: Option<Timer>,
    sweep: Option<Timer>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    pub(super) fn totals(&self) -> super::Totals {
        lock(&self.state).pending.totals()
    }
}

impl Desk {
    pub(super) fn new(layer: WeakLayer, settings: Settings, engine: Box<dyn Engine>) -> Arc<Self> {
        let desk = Arc::new(Self {
            engine,
            settings,
            layer,
            rooms: Mutex::default(),
        });
        let told = Arc::downgrade(&desk);
        let news = move |group: &Arc<str>, change| {
            if let Some(desk) = Weak::upgrade(&told) {
                desk.hear(group, change);
            }
        };
        let node = settings.node();
        tracing::debug!(node = format_args!("{:032x}", node.id), lease = ?node.lease, "presence begins");
        desk.engine.begin(node, Box::new(news));
        desk
    }

    /// The group on this node, from now on. To be [closed](Self::close_if_empty) again.
    pub(super) fn open(&self, group: &Arc<str>, tell: Tell) -> Arc<Room> {
        let mut rooms = lock(&self.rooms);
        let room = rooms.entry(Arc::clone(group)).or_insert_with(|| {
            Arc::new(Room {
                gate: tokio::sync::Mutex::default(),
                tell,
                state: Mutex::default(),
            })
        });
        Arc::clone(room)
    }

    fn find(&self, group: &Arc<str>) -> Option<Arc<Room>> {
        lock(&self.rooms).get(group).cloned()
    }

    /// Forgets the group, unless somebody of here is in it, or something about it is still to be done.
    pub(super) fn close_if_empty(&self, group: &Arc<str>) {
        let mut rooms = lock(&self.rooms);
        // Whoever works with it has a clone, and clones are made of this one alone, under the lock.
        let unused = rooms.get(group).is_some_and(|room| {
            Arc::strong_count(room) == 1 && lock(&room.state).tracked.is_empty()
        });
        if unused {
            rooms.remove(group);
        }
    }

    /// Takes note that a connection of here is about to be tracked.
    pub(super) fn track(&self, room: &Room, connection: ConnectionId) {
        let mut state = lock(&room.state);
        state.tracked.insert(connection);
        state.pending.expect();
    }

    /// A connection that has just come need not be told of what came before it.
    pub(super) fn welcome(&self, room: &Room, connection: ConnectionId, revision: u64) {
        lock(&room.state).pending.welcome(connection, revision);
    }

    /// A connection has left the group, or is over.
    pub(crate) fn exit(&self, group: &Arc<str>, connection: ConnectionId) {
        let Some(room) = self.find(group) else {
            return;
        };
        let was_tracked = {
            let mut state = lock(&room.state);
            state.pending.forget(connection);
            state.tracked.remove(&connection)
        };
        if was_tracked {
            self.engine.exit(group, connection);
        }
        drop(room);
        self.close_if_empty(group);
    }

    /// The engine tells of a change. Called with its locks held.
    fn hear(&self, group: &Arc<str>, change: Change) {
        let Some(room) = self.find(group) else {
            return;
        };
        let wake = change.wake;
        let mut state = lock(&room.state);
        let tells = state.pending.add(change);
        if tells && !is_due(&state.flush) {
            state.flush = self.after(self.settings.interval, {
                let (room, group) = (Arc::clone(&room), Arc::clone(group));
                move |layer| flush(layer, group, room)
            });
        }
        if let Some(wake) = wake
            && !is_due(&state.sweep)
        {
            state.sweep = self.sweep_after(wake, group, &room);
        }
    }

    fn sweep_after(&self, wake: Duration, group: &Arc<str>, room: &Arc<Room>) -> Option<Timer> {
        let (room, group) = (Arc::clone(room), Arc::clone(group));
        self.after(wake, move |layer| sweep(layer, group, room))
    }

    /// `None`: the runtime is gone, and with it those who would be told. The next change tries again.
    fn after<F>(
        &self,
        duration: Duration,
        work: impl FnOnce(ChannelLayer) -> F + Send + 'static,
    ) -> Option<Timer>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Handle::try_current().ok()?;
        let layer = self.layer.upgrade()?;
        let held = layer.clone();
        Some(layer.after(duration, async move { work(held).await }))
    }
}

fn is_due(timer: &Option<Timer>) -> bool {
    timer.as_ref().is_some_and(|timer| !timer.is_over())
}

/// Tells the members of here what has changed.
async fn flush(layer: ChannelLayer, group: Arc<str>, room: Arc<Room>) {
    let turn = room.gate.lock().await;
    let Told { others, newcomers } = {
        let mut state = lock(&room.state);
        state.flush = None;
        state.pending.take()
    };
    let but: Arc<HashSet<_>> = Arc::new(newcomers.iter().map(|(id, _)| *id).collect());
    let to_others = others.into_iter().map(|batch| {
        let (group, but) = (Arc::clone(&group), Arc::clone(&but));
        (To::Others { group, but }, batch)
    });
    let to_newcomers = newcomers.into_iter().flat_map(|(id, batches)| {
        let batches = batches.into_iter();
        batches.map(move |batch| (To::Connection(id), batch))
    });
    for (to, batch) in to_others.chain(to_newcomers) {
        if let Err(error) = (room.tell)(&layer, to, batch).await {
            tracing::debug!(%error, "could not tell somebody who is present");
        }
    }
    drop(turn);
    drop(room);
    layer.desk().close_if_empty(&group);
}

/// Has those leave whose grace is over.
async fn sweep(layer: ChannelLayer, group: Arc<str>, room: Arc<Room>) {
    /// When an engine does not answer.
    const AGAIN: Duration = Duration::from_secs(1);

    let desk = layer.desk();
    lock(&room.state).sweep = None;
    let wake = match desk.engine.sweep(&group).await {
        Ok(wake) => wake,
        Err(error) => {
            tracing::warn!(?error, "could not see who has left");
            Some(AGAIN)
        }
    };
    if let Some(wake) = wake {
        let mut state = lock(&room.state);
        if !is_due(&state.sweep) {
            state.sweep = desk.sweep_after(wake, &group, &room);
        }
    }
    drop(room);
    desk.close_if_empty(&group);
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}
