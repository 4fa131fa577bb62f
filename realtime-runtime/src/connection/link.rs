//! What the rest of the process knows of a connection: its id, its outbox, its groups.

mod groups;
#[cfg(test)]
mod tests;
mod through;

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Waker,
};

use groups::Groups;

use super::{
    Frames, Item, Limits, Rank,
    outbox::{Outbox, Outcome, Unsent},
    socket::SharedSocket,
    turn::Turn,
};
use crate::{
    cause::Cause,
    hook::Probe,
    message::Form,
    meters::Meters,
    wire::{CloseCode, Ref, encode},
};

/// The number of a connection, unique within the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl ConnectionId {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl ConnectionId {
    /// The connection of this number, of which another node has heard.
    pub(crate) fn known(number: u64) -> Self {
        Self(number)
    }

    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A close of the server's own.
#[derive(Clone, Debug)]
pub(crate) struct Closing {
    pub(crate) code: CloseCode,
    pub(crate) reason: Cow<'static, str>,
    /// Lets the frame in hand finish and its reply out first.
    pub(crate) gently: bool,
    pub(crate) cause: Cause,
}

/// One connection as others see it. Everything but the consumer itself.
///
/// What each frame and each event needs stands first and together, see [`Driver`](super::Driver).
#[repr(C)]
pub(crate) struct Link {
    id: ConnectionId,
    /// Whether there is something in `state` to look at; spares the lock on the path of a frame.
    ready: AtomicBool,
    /// Whether events wait for the consumer that others have overtaken. The connection's own task alone asks.
    holds: AtomicBool,
    /// Whether `state` has a waker.
    watched: AtomicBool,
    /// Somebody wants to know whether the client may still be here.
    recheck: AtomicBool,
    turn: Turn,
    form: Form,
    limits: Arc<Limits>,
    meters: Arc<Meters>,
    pub(crate) probe: Option<Probe>,
    state: Mutex<State>,
    /// `None`: the connection is over and joins nothing any more.
    groups: Mutex<Option<Groups>>,
}

#[derive(Debug, Default)]
#[repr(C)]
struct State {
    close: Option<Closing>,
    /// Nothing more is taken: a close is under way or over.
    shut: bool,
    /// Somebody is going to [`Link::write_through`].
    listed: bool,
    waker: Option<Waker>,
    /// What others write to while the connection's task sleeps.
    socket: Option<Arc<SharedSocket>>,
    outbox: Outbox,
    /// What one of them could not write.
    rest: Vec<u8>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    pub(crate) fn new(
        meters: Arc<Meters>,
        form: Form,
        limits: Arc<Limits>,
        probe: Option<Probe>,
    ) -> Arc<Self> {
        Arc::new(Self {
            id: ConnectionId::next(),
            meters,
            form,
            limits,
            ready: AtomicBool::new(false),
            holds: AtomicBool::new(false),
            watched: AtomicBool::new(false),
            turn: Turn::default(),
            state: Mutex::default(),
            groups: Mutex::new(Some(Groups::default())),
            probe,
            recheck: AtomicBool::new(false),
        })
    }

    #[cfg(test)]
    pub(crate) fn for_test(limits: Limits) -> Arc<Self> {
        let meters = Arc::new(Meters::new("test", &[]));
        Self::new(meters, Form::Adjacent, Arc::new(limits), None)
    }

    pub(crate) fn id(&self) -> ConnectionId {
        self.id
    }

    /// The name of its consumer.
    pub(crate) fn consumer(&self) -> &'static str {
        self.meters.consumer()
    }

    /// The shape of its frames.
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// The counters of its consumer.
    pub(crate) fn meters(&self) -> &Meters {
        &self.meters
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Queues an item. Beyond the outbox's limits something is dropped, or the connection is closed with 1013, as the
    /// policy says. Never waits.
    pub(crate) fn push(&self, item: Item) -> Pushed {
        self.push_at(item, Rank::After)
    }

    /// Queues what a handler sends, with a place among what others push. As [`Link::push`].
    pub(crate) fn push_own(&self, frames: Frames, counted: bool, rank: Rank) -> Pushed {
        self.push_at(Item::Own { frames, counted }, rank)
    }

    /// Queues frames that many get. As [`Link::push`]; but where `true` comes back, the task was not woken for it: the
    /// caller must see to it that [`Link::write_through`] is called soon.
    pub(crate) fn push_shared(&self, item: Item) -> bool {
        let may_wait = matches!(&item, Item::Frames(frames) if frames.cause.is_none());
        let mut is_new = false;
        self.push_with(item, Rank::After, |link, mut state| {
            if !(may_wait && state.socket.is_some()) {
                return link.wake(state);
            }
            link.ready.store(true, Ordering::SeqCst);
            if !link.turn.is_others() {
                return link.wake(state);
            }
            is_new = !std::mem::replace(&mut state.listed, true);
        });
        is_new
    }

    fn push_at(&self, item: Item, rank: Rank) -> Pushed {
        self.push_with(item, rank, Self::wake)
    }

    fn push_with(
        &self,
        mut item: Item,
        rank: Rank,
        tell: impl FnOnce(&Self, MutexGuard<'_, State>),
    ) -> Pushed {
        if let Some(probe) = &self.probe {
            let event = match &item {
                Item::Event(event) => event.kind.tags.first().copied(),
                _ => None,
            };
            let cause = item.cause_mut();
            *cause = probe.queued(cause, event);
        }
        let mut state = lock(&self.state);
        // A gentle close waits for what the handler in hand still sends.
        let gently = state.close.as_ref().is_some_and(|close| close.gently);
        if state.shut && !(gently && matches!(item, Item::Own { .. })) {
            return Pushed::Gone;
        }
        let before = state.outbox.depth();
        let outcome = state.outbox.push(item, rank, &self.limits, self.form);
        self.count_waiting(before, &state);
        let (pushed, unsent) = match outcome {
            Outcome::Queued(unsent) => (Pushed::Queued, unsent),
            Outcome::Dropped(unsent) => (Pushed::Full, unsent),
            Outcome::Full(mut item, _unsent) => {
                let (connection, consumer) = (self.id, self.consumer());
                tracing::warn!(%connection, consumer, "the client reads too slowly, closing");
                let closing = Closing {
                    code: CloseCode::SLOW_CONSUMER,
                    reason: "the client reads too slowly".into(),
                    gently: false,
                    cause: std::mem::take(item.cause_mut()),
                };
                self.shut_for(state, closing);
                return Pushed::Full;
            }
        };
        tell(self, state);
        let dropped = unsent.iter().map(|item| item.weight().0).sum();
        if dropped > 0 {
            let policy = self.limits.outbox_policy.name();
            self.meters.dropped(policy, dropped);
            tracing::debug!(connection = %self.id, consumer = self.consumer(), policy, dropped, "dropped messages");
        }
        pushed
    }

    fn empty(&self, state: &mut State) -> Unsent {
        let before = state.outbox.depth();
        let unsent = state.outbox.empty();
        self.count_waiting(before, state);
        unsent
    }

    fn count_waiting(&self, before: usize, state: &State) {
        self.meters
            .waiting(state.outbox.depth() as isize - before as isize);
    }

    /// Whether something that a handler sent is still queued.
    pub(crate) fn has_own(&self) -> bool {
        lock(&self.state).outbox.has_own()
    }

    /// Queues a frame that is nothing but a tag.
    pub(crate) fn push_signal(&self, form: Form, tag: &str, reference: Option<&Ref>, cause: Cause) {
        let mut out = Vec::with_capacity(64);
        encode::signal(&mut out, form, tag, reference);
        self.push(Item::Signal(Frames {
            bytes: out.into(),
            count: 1,
            signals: 0,
            cause,
        }));
    }

    /// Closes the connection; overtakes what is queued. The first close wins.
    pub(crate) fn close(&self, code: CloseCode, reason: impl Into<Cow<'static, str>>) {
        self.shut(Closing {
            code,
            reason: reason.into(),
            gently: false,
            cause: self.current_cause(),
        });
    }

    /// Closes the connection after the frame in hand and what is queued.
    pub(crate) fn close_gently(&self, code: CloseCode, reason: impl Into<Cow<'static, str>>) {
        self.shut(Closing {
            code,
            reason: reason.into(),
            gently: true,
            cause: self.current_cause(),
        });
    }

    /// What the code that runs now is caused by, as the end of a connection remembers it.
    fn current_cause(&self) -> Cause {
        let cause = Cause::current();
        match &self.probe {
            None => cause,
            Some(probe) => probe.ending(cause),
        }
    }

    /// Asks whether the client may still be here.
    pub(crate) fn ask_recheck(&self) {
        if let Some(probe) = &self.probe {
            probe.recheck(Cause::current());
        }
        self.recheck.store(true, Ordering::Release);
        self.wake(lock(&self.state));
    }

    /// Whether somebody asks that, and not yet before.
    pub(crate) fn take_recheck(&self) -> bool {
        self.is_rechecked() && self.recheck.swap(false, Ordering::AcqRel)
    }

    /// Whether somebody asks that.
    pub(crate) fn is_rechecked(&self) -> bool {
        self.recheck.load(Ordering::Acquire)
    }

    fn shut(&self, closing: Closing) {
        let state = lock(&self.state);
        // A hard close overtakes a gentle one.
        let overtakes = !closing.gently && state.close.as_ref().is_some_and(|close| close.gently);
        if !state.shut || overtakes {
            self.shut_for(state, closing);
        }
    }

    fn shut_for(&self, mut state: MutexGuard<'_, State>, closing: Closing) {
        state.shut = true;
        // Dropped after the lock is given back: the end of a cause may push to this very link.
        let dropped = if closing.gently {
            Default::default()
        } else {
            self.empty(&mut state)
        };
        let former = state.close.replace(closing);
        self.wake(state);
        drop((dropped, former));
    }

    /// Wakes the task for what others were to write.
    pub(crate) fn rouse(&self) {
        let mut state = lock(&self.state);
        state.listed = false;
        self.wake(state);
    }

    fn wake(&self, mut state: MutexGuard<'_, State>) {
        self.ready.store(true, Ordering::SeqCst);
        self.watched.store(false, Ordering::Release);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Nothing more will be taken; what is queued is dropped.
    pub(crate) fn end(&self) {
        let mut state = lock(&self.state);
        state.shut = true;
        // What a gentle close let in would stay here for good.
        let close = state.close.take();
        let dropped = self.empty(&mut state);
        state.waker = None;
        let socket = state.socket.take();
        drop(state);
        drop((dropped, close, socket));
    }

    /// Whether anything was queued since the last look. Without it the lock is not taken.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }

    /// Takes the next item, if there is one. `busy`: the consumer has no time for events, which others then overtake.
    pub(crate) fn take(&self, busy: bool) -> Taken {
        if !self.is_ready() {
            return Taken::Empty;
        }
        // Dropped after the lock is given back: the end of a cause may push to this very link.
        let mut unsent = Unsent::new();
        let mut state = lock(&self.state);
        if let Some(close) = state.close.as_ref().filter(|close| !close.gently) {
            return Taken::Close(close.clone());
        }
        let before = state.outbox.depth();
        let item = state.outbox.pop(busy, &mut unsent);
        self.count_waiting(before, &state);
        match (item, &state.close) {
            (Some(item), _) => Taken::Item(item),
            (None, Some(close)) => Taken::Close(close.clone()),
            (None, None) => {
                self.ready.store(false, Ordering::Release);
                self.holds.store(state.outbox.holds(), Ordering::Relaxed);
                Taken::Empty
            }
        }
    }

    /// The consumer has time again for events that were held.
    pub(crate) fn unhold(&self) {
        if self.holds.load(Ordering::Relaxed) {
            self.holds.store(false, Ordering::Relaxed);
            self.ready.store(true, Ordering::Release);
        }
    }

    /// Remembers whom to wake when something is queued; says at once if a close is waiting.
    pub(crate) fn watch(&self, waker: &Waker) -> Option<Closing> {
        let mut state = lock(&self.state);
        if !state
            .waker
            .as_ref()
            .is_some_and(|known| known.will_wake(waker))
        {
            state.waker = Some(waker.clone());
        }
        self.watched.store(true, Ordering::Release);
        state.close.clone()
    }

    /// Whether the task is still to be woken that [`Link::watch`] was told of last.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Acquire)
    }
}

/// What became of an item that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Queued,
    /// There was no room: it was dropped, or the connection is closed for it.
    Full,
    /// The connection is over.
    Gone,
}

/// What an outbox had.
#[derive(Debug)]
pub(crate) enum Taken {
    Empty,
    Item(Item),
    Close(Closing),
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("id", &self.id)
            .field("consumer", &self.consumer())
            .finish_non_exhaustive()
    }
}
