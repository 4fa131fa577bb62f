//! Presence on this node: who of here is tracked, and what members of here are told.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{runtime::Handle, sync::MutexGuard as Turn};

use super::{
    batch::{Batch, Pending},
    change::{Change, RawPresent},
    engine::Engine,
    settings::Settings,
    types::Totals,
};
use crate::{
    connection::{Clock, ConnectionId, Link},
    layer::{ChannelLayer, Prepared, PresenceTopic, Timer, WeakLayer, broker::Gap},
    panic::guard,
};

/// Makes an event of a batch. What the group's consumer and metadata are, is known where this was made.
pub(super) type Tell = fn(ChannelLayer, Arc<str>, Batch) -> Telling;

/// An event in the making.
pub(super) type Telling = Pin<Box<dyn Future<Output = Prepared> + Send>>;

/// After a layer could not be reached, it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Between the engine and this node's connections.
pub(crate) struct Desk {
    pub(super) engine: Arc<Engine>,
    pub(super) settings: Settings,
    layer: WeakLayer,
    rooms: Mutex<HashMap<Arc<str>, Arc<Room>>>,
}

/// A group that connections of this node are tracked in, or were until just now.
pub(super) struct Room {
    tell: Tell,
    /// Held while members get what was made for them, and while somebody enters: whoever enters has found what was told
    /// last, and gets all that is told next.
    gate: tokio::sync::Mutex<()>,
    /// Held for as long as something is made and told, which may take a handler's time: one after the other.
    teller: tokio::sync::Mutex<()>,
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
    /// Lets somebody enter.
    pub(super) async fn turn(&self) -> Turn<'_, ()> {
        self.gate.lock().await
    }

    pub(super) fn totals(&self) -> Totals {
        lock(&self.state).pending.totals()
    }

    /// Of those who are present, as members have been told.
    pub(super) fn as_told(&self, present: Vec<RawPresent>) -> Vec<RawPresent> {
        lock(&self.state).pending.as_told(present)
    }

    /// Takes note that a connection of here is about to be tracked, so that its end finds it, whenever that comes.
    pub(super) fn track(&self, connection: ConnectionId) {
        lock(&self.state).tracked.insert(connection);
    }
}

/// Closes a room behind whoever used it, if nobody is in it. To be dropped after the room.
pub(super) struct Closing<'d> {
    desk: &'d Desk,
    group: &'d Arc<str>,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.desk.close_if_empty(self.group);
    }
}

impl Desk {
    pub(super) fn new(layer: WeakLayer, settings: Settings, clock: Clock) -> Arc<Self> {
        let engine = Engine::new(layer.clone(), clock, settings.limits());
        let desk = Arc::new(Self {
            engine: Arc::new(engine),
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
        desk.engine.tells(Box::new(news));
        desk
    }

    /// What another node says of who is present. `false`: it cannot be read.
    pub(crate) fn hear_of(&self, about: PresenceTopic<'_>, message: &[u8]) -> bool {
        let group = match about {
            PresenceTopic::Group(group) => Some(Arc::from(group)),
            PresenceTopic::All | PresenceTopic::Node(_) => None,
        };
        self.engine.hear(group.as_ref(), message)
    }

    /// What other nodes have told may be missing.
    pub(crate) fn missed(&self, gap: &Gap) {
        self.engine.missed(gap);
    }

    /// The group on this node, for as long as it is in use: until [`Self::closes`] says otherwise.
    pub(super) fn open(&self, group: &Arc<str>, tell: Tell) -> Arc<Room> {
        let mut rooms = lock(&self.rooms);
        let room = rooms.entry(Arc::clone(group)).or_insert_with(|| {
            Arc::new(Room {
                tell,
                gate: tokio::sync::Mutex::default(),
                teller: tokio::sync::Mutex::default(),
                state: Mutex::default(),
            })
        });
        Arc::clone(room)
    }

    /// Closes the group's room when this is dropped, unless it is in use.
    pub(super) fn closes<'d>(&'d self, group: &'d Arc<str>) -> Closing<'d> {
        Closing { desk: self, group }
    }

    fn find(&self, group: &Arc<str>) -> Option<Arc<Room>> {
        lock(&self.rooms).get(group).cloned()
    }

    /// Forgets the group, unless somebody of here is in it, or something about it is still to be done.
    fn close_if_empty(&self, group: &Arc<str>) {
        let mut rooms = lock(&self.rooms);
        // Whoever works with it has a clone, and clones are made of this one alone, under the lock.
        let unused = rooms.get(group).is_some_and(|room| {
            Arc::strong_count(room) == 1 && lock(&room.state).tracked.is_empty()
        });
        if unused {
            rooms.remove(group);
        }
    }

    /// A connection has left the group, or is over; nothing happens if it has come back meanwhile.
    pub(crate) fn exit(&self, group: &Arc<str>, link: &Link) {
        let Some(room) = self.find(group) else {
            return;
        };
        let exits = {
            let mut state = lock(&room.state);
            !link.is_in(group) && state.tracked.remove(&link.id())
        };
        if exits {
            self.engine.exit(group, link.id());
        }
        drop(room);
        self.close_if_empty(group);
    }

    /// A connection has entered: if it has left meanwhile, it was perhaps taken out before it was in.
    pub(super) fn settle(&self, room: &Room, group: &Arc<str>, link: &Link) {
        let is_in = {
            let mut state = lock(&room.state);
            let is_in = link.is_in(group);
            if is_in {
                state.tracked.insert(link.id());
            } else {
                state.tracked.remove(&link.id());
            }
            is_in
        };
        if !is_in {
            self.engine.exit(group, link.id());
        }
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
            state.flush = self.flush_after(self.settings.interval, group, &room);
        }
        if let Some(wake) = wake
            && !is_due(&state.sweep)
        {
            state.sweep = self.sweep_after(wake, group, &room);
        }
    }

    fn flush_after(&self, wait: Duration, group: &Arc<str>, room: &Arc<Room>) -> Option<Timer> {
        let (room, group) = (Arc::clone(room), Arc::clone(group));
        self.after(wait, move |layer| flush(layer, group, room))
    }

    fn sweep_after(&self, wait: Duration, group: &Arc<str>, room: &Arc<Room>) -> Option<Timer> {
        let (room, group) = (Arc::clone(room), Arc::clone(group));
        self.after(wait, async move |layer| sweep(&layer, &group, room))
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
    let teller = room.teller.lock().await;
    let batch = {
        let mut state = lock(&room.state);
        state.flush = None;
        state.pending.take()
    };
    if let Some(batch) = batch {
        // Made before anybody's turn: whoever enters need not wait for a handler.
        let telling = guard((room.tell)(layer.clone(), Arc::clone(&group), batch));
        let made = telling.await.unwrap_or(Prepared::Failed);
        let turn = room.turn().await;
        let is_told = !matches!(made, Prepared::Failed | Prepared::Unavailable);
        if let Prepared::Ready(ready) = &made {
            ready.push(&layer);
        }
        let mut state = lock(&room.state);
        if is_told {
            state.pending.told();
        } else {
            // A handler that fails is asked again with the next change.
            state.pending.failed();
            if matches!(made, Prepared::Unavailable) && !is_due(&state.flush) {
                state.flush = layer.desk().flush_after(AGAIN, &group, &room);
            }
        }
        drop(state);
        drop(turn);
    }
    drop(teller);
    drop(room);
    layer.desk().close_if_empty(&group);
}

/// Has those leave whose grace is over.
fn sweep(layer: &ChannelLayer, group: &Arc<str>, room: Arc<Room>) {
    let desk = layer.desk();
    lock(&room.state).sweep = None;
    if let Some(wake) = desk.engine.sweep(group) {
        let mut state = lock(&room.state);
        if !is_due(&state.sweep) {
            state.sweep = desk.sweep_after(wake, group, &room);
        }
    }
    drop(room);
    desk.close_if_empty(group);
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}
