//! Which server a channel belongs to.

use std::sync::Arc;

use crate::link::Link;

/// How many slots a cluster has.
pub(crate) const SLOTS: usize = 16384;

/// The servers, and what belongs to each.
pub(crate) struct Router {
    /// The first one has what belongs to no server that is known.
    pub(crate) links: Vec<Arc<Link>>,
    /// The place of a slot's link; empty where there is one server for all.
    pub(crate) slots: Vec<usize>,
    pub(crate) closed: bool,
}

impl Router {
    /// One server for all.
    pub(crate) fn single(link: Arc<Link>) -> Self {
        Self {
            links: vec![link],
            slots: Vec::new(),
            closed: false,
        }
    }

    /// A cluster of which nothing is known; `limbo` has it all.
    pub(crate) fn cluster(limbo: Arc<Link>) -> Self {
        Self {
            links: vec![limbo],
            slots: vec![0; SLOTS],
            closed: false,
        }
    }

    pub(crate) fn link(&self, channel: &str) -> &Arc<Link> {
        let place = match self.slots.is_empty() {
            true => 0,
            false => self.slots[slot(channel)],
        };
        &self.links[place]
    }

    pub(crate) fn is_up(&self) -> bool {
        if self.slots.is_empty() {
            return self.links[0].is_up();
        }
        !self.slots.contains(&0) && self.links[1..].iter().all(|link| link.is_up())
    }

    pub(crate) fn close(&mut self) {
        self.closed = true;
        for link in &self.links {
            link.stop();
        }
    }
}

/// The slot of a channel: of what stands in its first braces, where something does.
pub(crate) fn slot(channel: &str) -> usize {
    let tag = channel.split_once('{').and_then(|(_, rest)| {
        let (tag, _) = rest.split_once('}')?;
        (!tag.is_empty()).then_some(tag)
    });
    let hash = crc16::State::<crc16::XMODEM>::calculate(tag.unwrap_or(channel).as_bytes());
    usize::from(hash) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot("123456789"), 0x31C3);
        assert_eq!(slot("{user1000}.following"), slot("{user1000}.followers"));
        assert_eq!(slot("foo{}{bar}"), slot("foo{}{bar}"));
        assert_ne!(slot("foo{}{bar}"), slot("bar"));
        assert_eq!(slot("foo{{bar}}zap"), slot("{bar"));
        assert_eq!(slot("foo{bar}{zap}"), slot("bar"));
    }
}
