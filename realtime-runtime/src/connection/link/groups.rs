//! The groups that a connection is in.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use super::{Link, lock};

/// So many events to several groups are remembered: those whose copies may be under way at once.
const REMEMBERED: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Groups {
    keys: HashSet<Arc<str>>,
    /// Events of which it has had a copy, the latest last.
    copies: VecDeque<u64>,
}

impl Link {
    /// Enters a group among its own. `None`: too many; `Some(false)`: it was there, or the connection is over.
    pub(crate) fn enter(&self, group: &Arc<str>) -> Option<bool> {
        let mut groups = lock(&self.groups);
        let Some(Groups { keys, .. }) = &mut *groups else {
            return Some(false);
        };
        if keys.contains(group) {
            return Some(false);
        }
        if keys.len() >= self.limits.groups {
            return None;
        }
        Some(keys.insert(Arc::clone(group)))
    }

    pub(crate) fn is_in(&self, group: &str) -> bool {
        let groups = lock(&self.groups);
        let groups = groups.as_ref();
        groups.is_some_and(|groups| groups.keys.contains(group))
    }

    pub(crate) fn leave(&self, group: &str) -> bool {
        let mut groups = lock(&self.groups);
        let groups = groups.as_mut();
        groups.is_some_and(|groups| groups.keys.remove(group))
    }

    /// All its groups; afterwards it has none, for good.
    pub(crate) fn leave_all(&self) -> HashSet<Arc<str>> {
        let groups = lock(&self.groups).take();
        groups.unwrap_or_default().keys
    }

    /// Whether it takes this copy of an event to several groups: it is in none of the earlier ones, and has had no other
    /// copy; from now on it has.
    pub(crate) fn takes(&self, earlier: &[Arc<str>], event: u64) -> bool {
        let mut groups = lock(&self.groups);
        let Some(Groups { keys, copies }) = &mut *groups else {
            return false;
        };
        if earlier.iter().any(|group| keys.contains(group)) || copies.contains(&event) {
            return false;
        }
        if copies.len() == REMEMBERED {
            copies.pop_front();
        }
        copies.push_back(event);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Limits;

    #[test]
    fn a_copy_is_taken_once_whatever_is_left_meanwhile() {
        let link = Link::for_test(Limits::default());
        let [one, two]: [Arc<str>; 2] = ["one", "two"].map(Into::into);
        assert!(link.enter(&one).unwrap() && link.enter(&two).unwrap());
        assert!(link.takes(&[], 1), "that of the first group");
        assert!(!link.takes(&[Arc::clone(&one)], 1));
        assert!(link.leave(&one));
        assert!(!link.takes(&[Arc::clone(&one)], 1), "it has had it");
        assert!(link.takes(&[one], 2), "it is in one of them only");
        assert!(!link.takes(&[two], 3), "another copy serves it");
    }
}
