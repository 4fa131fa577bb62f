//! What the rest of the process knows of a connection: its id, its outbox, its groups.

use std::{
    any::Any,
    borrow::Cow,
    collections::{HashSet, VecDeque},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Waker,
};

use bytes::Bytes;

use super::Limits;
use crate::{
    cause::Cause,
    hook::Probe,
    message::Form,
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

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event on its way to one connection.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) value: Arc<dyn Any + Send + Sync>,
    pub(crate) cause: Cause,
}

/// Bytes on their way to one connection: so many whole frames.
#[derive(Clone, Debug)]
pub(crate) struct Frames {
    pub(crate) bytes: Bytes,
    pub(crate) count: usize,
    pub(crate) cause: Cause,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Frames(Frames),
    /// Frames that have room of their own.
    Reply(Frames),
    Event(Event),
}

impl Item {
    /// What it counts in the outbox: messages and bytes.
    pub(crate) fn weight(&self) -> (usize, usize) {
        match self {
            Self::Frames(frames) => (frames.count, frames.bytes.len()),
            Self::Reply(_) => (0, 0),
            Self::Event(_) => (1, 0),
        }
    }
}

/// A close of the server's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closing {
    pub(crate) code: CloseCode,
    pub(crate) reason: Cow<'static, str>,
    /// Lets the frame in hand finish and its reply out first.
    pub(crate) gently: bool,
}

/// One connection as others see it. Everything but the consumer itself.
pub(crate) struct Link {
    id: ConnectionId,
    consumer: &'static str,
    limits: Limits,
    /// Whether there is something in `state` to look at; spares the lock on the path of a frame.
    ready: AtomicBool,
    state: Mutex<State>,
    /// `None`: the connection is over and joins nothing any more.
    groups: Mutex<Option<HashSet<Arc<str>>>>,
    pub(crate) probe: Option<Probe>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Item>,
    messages: usize,
    bytes: usize,
    close: Option<Closing>,
    /// Nothing more is taken: a close is under way or over.
    shut: bool,
    waker: Option<Waker>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    pub(crate) fn new(consumer: &'static str, limits: Limits, probe: Option<Probe>) -> Arc<Self> {
        Arc::new(Self {
            id: ConnectionId::next(),
            consumer,
            limits,
            ready: AtomicBool::new(false),
            state: Mutex::default(),
            groups: Mutex::new(Some(HashSet::new())),
            probe,
        })
    }

    pub(crate) fn id(&self) -> ConnectionId {
        self.id
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Queues an item. Beyond the outbox's limits the connection is closed with 1013, and the item is lost with it.
    /// Never waits. `false`: it was not queued.
    pub(crate) fn push(&self, item: Item) -> bool {
        let (messages, bytes) = item.weight();
        let mut state = lock(&self.state);
        if state.shut {
            return false;
        }
        let full = state.messages + messages > self.limits.outbox_messages
            || state.bytes + bytes > self.limits.outbox_bytes;
        if full {
            tracing::warn!(connection = %self.id, consumer = self.consumer, "the client reads too slowly, closing");
            let reason = "the client reads too slowly".into();
            let closing = Closing {
                code: CloseCode::SLOW_CONSUMER,
                reason,
                gently: false,
            };
            self.shut_for(state, closing);
            return false;
        }
        state.messages += messages;
        state.bytes += bytes;
        state.queue.push_back(item);
        self.wake(state);
        true
    }

    /// Queues what a handler answered behind what it has pushed. Only for a connection that is open.
    pub(crate) fn push_reply(&self, frames: Frames) {
        let mut state = lock(&self.state);
        state.queue.push_back(Item::Reply(frames));
        self.wake(state);
    }

    /// Queues a frame that is nothing but a tag.
    pub(crate) fn push_signal(&self, form: Form, tag: &str, reference: Option<&Ref>, cause: Cause) {
        let mut out = Vec::with_capacity(64);
        encode::signal(&mut out, form, tag, reference);
        self.push(Item::Frames(Frames {
            bytes: out.into(),
            count: 1,
            cause,
        }));
    }

    /// Closes the connection; overtakes what is queued. The first close wins.
    pub(crate) fn close(&self, code: CloseCode, reason: impl Into<Cow<'static, str>>) {
        self.shut(Closing {
            code,
            reason: reason.into(),
            gently: false,
        });
    }

    /// Closes the connection after the frame in hand and what is queued.
    pub(crate) fn close_gently(&self, code: CloseCode, reason: impl Into<Cow<'static, str>>) {
        self.shut(Closing {
            code,
            reason: reason.into(),
            gently: true,
        });
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
            VecDeque::new()
        } else {
            std::mem::take(&mut state.queue)
        };
        state.close = Some(closing);
        self.wake(state);
        drop(dropped);
    }

    fn wake(&self, mut state: MutexGuard<'_, State>) {
        self.ready.store(true, Ordering::Release);
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
        let queue = std::mem::take(&mut state.queue);
        state.waker = None;
        drop(state);
        drop(queue);
    }

    /// Whether anything was queued since the last look. Without it the lock is not taken.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Takes the next item, if there is one.
    pub(crate) fn take(&self) -> Taken {
        if !self.is_ready() {
            return Taken::Empty;
        }
        let mut state = lock(&self.state);
        if let Some(close) = state.close.as_ref().filter(|close| !close.gently) {
            return Taken::Close(close.clone());
        }
        match (state.queue.pop_front(), &state.close) {
            (Some(item), _) => Taken::Item(item),
            (None, Some(close)) => Taken::Close(close.clone()),
            (None, None) => {
                self.ready.store(false, Ordering::Release);
                Taken::Empty
            }
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
        state.close.clone()
    }

    /// Gives back the room of an item that was taken.
    pub(crate) fn release(&self, (messages, bytes): (usize, usize)) {
        let mut state = lock(&self.state);
        state.messages = state.messages.saturating_sub(messages);
        state.bytes = state.bytes.saturating_sub(bytes);
    }

    /// Enters a group among its own. `None`: too many; `Some(false)`: it was there, or the connection is over.
    pub(crate) fn enter(&self, group: &Arc<str>) -> Option<bool> {
        let mut groups = lock(&self.groups);
        let Some(groups) = &mut *groups else {
            return Some(false);
        };
        if groups.contains(group) {
            return Some(false);
        }
        if groups.len() >= self.limits.groups {
            return None;
        }
        Some(groups.insert(Arc::clone(group)))
    }

    pub(crate) fn leave(&self, group: &str) -> bool {
        lock(&self.groups)
            .as_mut()
            .is_some_and(|groups| groups.remove(group))
    }

    /// All its groups; afterwards it has none, for good.
    pub(crate) fn leave_all(&self) -> HashSet<Arc<str>> {
        lock(&self.groups).take().unwrap_or_default()
    }
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
            .field("consumer", &self.consumer)
            .finish_non_exhaustive()
    }
}
