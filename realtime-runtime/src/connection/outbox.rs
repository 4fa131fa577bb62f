//! What waits for one connection: in order, counted, and bounded by a policy.

mod gap;
#[cfg(test)]
mod tests;

use std::{
    any::Any,
    collections::{HashSet, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use bytes::Bytes;

use super::{
    Limits,
    policy::{EventKind, KeyOf, OutboxPolicy, Waiting},
};
use crate::{cause::Cause, message::Form, wire::frame};
pub(crate) use gap::Gap;

/// An event on its way to one connection.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) value: Arc<dyn Any + Send + Sync>,
    pub(crate) kind: &'static EventKind,
    pub(crate) cause: Cause,
}

/// Bytes on their way to one connection: so many whole frames.
#[derive(Clone, Debug)]
pub(crate) struct Frames {
    pub(crate) bytes: Bytes,
    pub(crate) count: usize,
    /// How many of them, at the end, only say that something is done: they are no messages.
    pub(crate) signals: usize,
    pub(crate) cause: Cause,
}

impl Frames {
    /// Messages and bytes.
    pub(crate) fn weight(&self) -> (usize, usize) {
        (self.count - self.signals, self.bytes.len())
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Frames(Frames),
    /// What the connection's own handlers send. A reply has room of its own, `cx.send` counts.
    Own {
        frames: Frames,
        counted: bool,
    },
    /// Says that something is done; has room of its own as a reply has.
    Signal(Frames),
    Event(Event),
    /// Something is missing here.
    Gap(Gap),
}

impl Item {
    /// Stands where an item was.
    const NOTHING: Self = Self::Gap(Gap {
        since: 0,
        dropped: 0,
        of_events: false,
        cause: Cause::NONE,
    });

    fn cause(&self) -> &Cause {
        match self {
            Self::Frames(frames) | Self::Own { frames, .. } | Self::Signal(frames) => &frames.cause,
            Self::Event(event) => &event.cause,
            Self::Gap(gap) => &gap.cause,
        }
    }

    pub(super) fn cause_mut(&mut self) -> &mut Cause {
        match self {
            Self::Frames(frames) | Self::Own { frames, .. } | Self::Signal(frames) => {
                &mut frames.cause
            }
            Self::Event(event) => &mut event.cause,
            Self::Gap(gap) => &mut gap.cause,
        }
    }

    /// What it counts in the outbox: messages and bytes.
    pub(crate) fn weight(&self) -> (usize, usize) {
        match self {
            Self::Frames(frames)
            | Self::Own {
                frames,
                counted: true,
            } => frames.weight(),
            Self::Event(_) => (1, 0),
            Self::Own { counted: false, .. } | Self::Signal(_) | Self::Gap(_) => (0, 0),
        }
    }

    /// Whether a policy may drop it.
    fn is_droppable(&self) -> bool {
        matches!(
            self,
            Self::Frames(_) | Self::Event(_) | Self::Own { counted: true, .. }
        )
    }

    fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// The key under which a newer one replaces it.
    fn key(&self, form: Form, key: &KeyOf) -> Option<Box<str>> {
        if !self.is_droppable() {
            return None;
        }
        match self {
            Self::Frames(frames) | Self::Own { frames, .. } if frames.weight().0 == 1 => {
                let text = std::str::from_utf8(frame::payload(&frames.bytes)).ok()?;
                key.of(&Waiting::new(text, form))
            }
            Self::Event(event) => {
                // An application's `Serialize` may panic, which must not take the queue with it.
                let text = AssertUnwindSafe(|| (event.kind.text)(&*event.value));
                let text = catch_unwind(text).ok().flatten()?;
                key.of(&Waiting::new(text, form))
            }
            _ => None,
        }
    }
}

/// Where what a handler sends stands among what others have pushed meanwhile. What handlers send keeps its own order
/// either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// Before it: an event's answer belongs where the event stood.
    Before,
    /// After it: a reply follows what its handler has published.
    After,
}

/// A queue's element.
#[derive(Debug)]
struct Queued {
    item: Item,
    /// `None`: nobody has asked for it yet.
    key: Option<Option<Box<str>>>,
    /// Something newer has its key.
    replaced: bool,
}

impl Queued {
    fn new(item: Item) -> Self {
        Self {
            item,
            key: None,
            replaced: false,
        }
    }

    /// The key under which a newer one replaces it.
    fn key(&mut self, form: Form, key: &KeyOf) -> Option<&str> {
        let known = self.key.get_or_insert_with(|| self.item.key(form, key));
        known.as_deref()
    }
}

/// Whether what does not fit is dropped itself, also as no outbox would take it.
fn drops_itself(policy: &OutboxPolicy, item: &Item, limits: &Limits) -> bool {
    match policy {
        OutboxPolicy::DropNewest => true,
        OutboxPolicy::DropOldest => !Outbox::default().fits(item, limits),
        OutboxPolicy::Disconnect | OutboxPolicy::KeepLatest(_) => false,
    }
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Events that others have overtaken, as the consumer is busy; the oldest of all. Each still has its place.
    held: VecDeque<Queued>,
    /// What handlers sent that goes before the queue; older than anything of theirs in it.
    before: VecDeque<Queued>,
    queue: VecDeque<Queued>,
    /// How much in the queue is the handlers' own.
    own_in_queue: usize,
    messages: usize,
    bytes: usize,
}

/// What has left the outbox unsent; to be dropped without the lock, as the end of a cause may push to this very outbox.
pub(super) type Unsent = Vec<Item>;

/// What became of an item.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is queued; these are not any more.
    Queued(Unsent),
    /// It was dropped.
    Dropped(Unsent),
    /// It does not fit, and the policy is to close.
    Full(Item, Unsent),
}

impl Outbox {
    /// Takes an item in, as far as the policy lets it.
    pub(super) fn push(&mut self, item: Item, rank: Rank, limits: &Limits, form: Form) -> Outcome {
        if let Item::Gap(more) = &item
            && let Some(Item::Gap(gap)) = self.queue.back_mut().map(|last| &mut last.item)
        {
            gap.join(more);
            return Outcome::Queued(vec![item]);
        }
        let mut unsent = Unsent::new();
        if !self.fits(&item, limits) {
            let droppable = item.is_droppable();
            match &limits.outbox_policy {
                OutboxPolicy::Disconnect => return Outcome::Full(item, unsent),
                policy if droppable && drops_itself(policy, &item, limits) => {
                    self.mark_end(&item, rank);
                    return Outcome::Dropped(vec![item]);
                }
                OutboxPolicy::KeepLatest(key) => {
                    self.drop_replaced(&item, limits, form, key, &mut unsent);
                    if !self.fits(&item, limits) {
                        return Outcome::Full(item, unsent);
                    }
                }
                OutboxPolicy::DropOldest | OutboxPolicy::DropNewest => {
                    while !self.fits(&item, limits) {
                        if self.drop_oldest(&mut unsent) {
                            continue;
                        }
                        if !droppable {
                            return Outcome::Full(item, unsent);
                        }
                        self.mark_end(&item, rank);
                        unsent.push(item);
                        return Outcome::Dropped(unsent);
                    }
                }
            }
        }
        let (messages, bytes) = item.weight();
        self.messages += messages;
        self.bytes += bytes;
        let queued = Queued::new(item);
        if rank == Rank::Before && self.own_in_queue == 0 {
            self.before.push_back(queued);
        } else {
            self.own_in_queue += usize::from(queued.item.is_own());
            self.queue.push_back(queued);
        }
        Outcome::Queued(unsent)
    }

    fn fits(&self, item: &Item, limits: &Limits) -> bool {
        let (messages, bytes) = item.weight();
        messages + bytes == 0
            || self.messages + messages <= limits.outbox_messages
                && self.bytes + bytes <= limits.outbox_bytes
    }

    /// The next item, whose room is given back.
    ///
    /// `busy`: the consumer has no time. Events, and gaps among them, are then held for later and keep their room, while
    /// the others overtake them; else what is held comes first. `unsent`: what is left of gaps that others take in.
    pub(super) fn pop(&mut self, busy: bool, unsent: &mut Unsent) -> Option<Item> {
        loop {
            let item = match self.held.pop_front_if(|_| !busy) {
                Some(queued) => queued.item,
                None => self.pop_queued()?,
            };
            let waits = match &item {
                Item::Event(_) => true,
                Item::Gap(gap) => gap.of_events && !self.held.is_empty(),
                Item::Frames(_) | Item::Own { .. } | Item::Signal(_) => false,
            };
            if !(busy && waits) {
                self.release(item.weight());
                return Some(item);
            }
            match (self.held.back_mut().map(|queued| &mut queued.item), &item) {
                (Some(Item::Gap(gap)), Item::Gap(more)) => {
                    gap.join(more);
                    unsent.push(item);
                }
                _ => self.held.push_back(Queued::new(item)),
            }
        }
    }

    /// The next item, if that is frames that anybody may write, and nobody waits for them to be written.
    pub(super) fn pop_plain(&mut self) -> Option<Frames> {
        if !(self.held.is_empty() && self.before.is_empty()) {
            return None;
        }
        let is_plain = |queued: &mut Queued| match &queued.item {
            Item::Frames(frames) => frames.cause.is_none(),
            _ => false,
        };
        let Item::Frames(frames) = self.queue.pop_front_if(is_plain)?.item else {
            return None;
        };
        self.release(frames.weight());
        Some(frames)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.before.is_empty() && self.queue.is_empty()
    }

    fn pop_queued(&mut self) -> Option<Item> {
        if let Some(queued) = self.before.pop_front() {
            return Some(queued.item);
        }
        let item = self.queue.pop_front()?.item;
        self.own_in_queue -= usize::from(item.is_own());
        Some(item)
    }

    /// Whether events wait for the consumer that others have overtaken.
    pub(super) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    fn release(&mut self, (messages, bytes): (usize, usize)) {
        self.messages -= messages;
        self.bytes -= bytes;
    }

    /// Whether something that a handler sent is still queued.
    pub(super) fn has_own(&self) -> bool {
        !self.before.is_empty() || self.own_in_queue > 0
    }

    /// How many messages wait.
    pub(super) fn depth(&self) -> usize {
        self.messages
    }

    /// What was queued.
    pub(super) fn empty(&mut self) -> Unsent {
        (self.own_in_queue, self.messages, self.bytes) = (0, 0, 0);
        let parts = [&mut self.held, &mut self.before, &mut self.queue];
        let parts = parts.into_iter().flat_map(std::mem::take);
        parts.map(|queued| queued.item).collect()
    }

    /// Drops what waits longest, and marks its place. `false`: there is nothing to drop.
    fn drop_oldest(&mut self, unsent: &mut Unsent) -> bool {
        let droppable = |queued: &Queued| queued.item.is_droppable();
        let parts = [&mut self.held, &mut self.before, &mut self.queue];
        let found = parts.into_iter().enumerate().find_map(|(part, queue)| {
            let index = queue.iter().position(droppable)?;
            Some((part, queue, index))
        });
        let Some((part, queue, index)) = found else {
            return false;
        };
        let gap = Item::Gap(Gap::of(&queue[index].item));
        let dropped = std::mem::replace(&mut queue[index].item, gap);
        join_next(queue, index, unsent);
        if index > 0 {
            join_next(queue, index - 1, unsent);
        }
        if part == 2 {
            self.own_in_queue -= usize::from(dropped.is_own());
        }
        self.release(dropped.weight());
        unsent.push(dropped);
        true
    }

    /// Says where an item would have been queued that it is missing.
    fn mark_end(&mut self, dropped: &Item, rank: Rank) {
        let queue = match rank {
            Rank::Before if self.own_in_queue == 0 => &mut self.before,
            _ => &mut self.queue,
        };
        match queue.back_mut().map(|queued| &mut queued.item) {
            Some(Item::Gap(gap)) => gap.add(dropped),
            _ => queue.push_back(Queued::new(Item::Gap(Gap::of(dropped)))),
        }
    }

    /// Drops what `item` replaces; where that is not enough, all that anything newer replaces.
    fn drop_replaced(
        &mut self,
        item: &Item,
        limits: &Limits,
        form: Form,
        key: &KeyOf,
        unsent: &mut Unsent,
    ) {
        let Some(own) = item.key(form, key) else {
            return self.drop_all_replaced(HashSet::new(), form, key, unsent);
        };
        self.take_out(|queued| queued.key(form, key) == Some(&*own), unsent);
        if !self.fits(item, limits) {
            self.drop_all_replaced(HashSet::from([own]), form, key, unsent);
        }
    }

    /// Drops all that anything newer replaces; of these keys there is something newer still.
    fn drop_all_replaced(
        &mut self,
        mut newer: HashSet<Box<str>>,
        form: Form,
        key: &KeyOf,
        unsent: &mut Unsent,
    ) {
        let oldest_first = self.held.iter_mut().chain(&mut self.before);
        let oldest_first = oldest_first.chain(&mut self.queue);
        for queued in oldest_first.rev() {
            let key = queued.key(form, key);
            queued.replaced = key.is_some_and(|key| !newer.insert(key.into()));
        }
        self.take_out(|queued| queued.replaced, unsent);
    }

    /// Drops what `goes`.
    fn take_out(&mut self, mut goes: impl FnMut(&mut Queued) -> bool, unsent: &mut Unsent) {
        let queues = [
            (&mut self.held, false),
            (&mut self.before, false),
            (&mut self.queue, true),
        ];
        for (queue, counts_own) in queues {
            queue.retain_mut(|queued| {
                if !goes(queued) {
                    return true;
                }
                let (messages, bytes) = queued.item.weight();
                self.messages -= messages;
                self.bytes -= bytes;
                self.own_in_queue -= usize::from(counts_own && queued.item.is_own());
                // Its end may push to this very outbox, so it does not end here.
                unsent.push(std::mem::replace(&mut queued.item, Item::NOTHING));
                false
            });
            for index in (0..queue.len()).rev() {
                join_next(queue, index, unsent);
            }
        }
    }
}

/// Makes one gap of two that have nothing between them any more: there are no more gaps than other items, and one.
fn join_next(queue: &mut VecDeque<Queued>, index: usize, unsent: &mut Unsent) {
    let is_gap = |index| {
        let queued: Option<&Queued> = queue.get(index);
        queued.is_some_and(|queued| matches!(queued.item, Item::Gap(_)))
    };
    if !(is_gap(index) && is_gap(index + 1)) {
        return;
    }
    let next = queue.remove(index + 1).map(|queued| queued.item);
    if let (Item::Gap(gap), Some(Item::Gap(next))) = (&mut queue[index].item, &next) {
        gap.join(next);
    }
    unsent.extend(next);
}
