//! How many connections there are in all.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The connections of an application, those included that are being set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<AtomicUsize>);

/// One of them; dropping it makes room.
#[derive(Debug)]
pub(crate) struct Seat(Arc<AtomicUsize>);

impl Seats {
    /// One more, unless there are `limit` already.
    pub(crate) fn take(&self, limit: Option<usize>) -> Option<Seat> {
        let limit = limit.unwrap_or(usize::MAX);
        let one_more = |taken: usize| (taken < limit).then_some(taken + 1);
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.is_ok().then(|| Seat(Arc::clone(&self.0)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_more_than_the_limit_and_what_is_dropped_makes_room() {
        let seats = Seats::default();
        let first = seats.take(Some(2));
        assert!(first.is_some());
        let _second = seats.take(Some(2));
        assert!(seats.take(Some(2)).is_none());
        drop(first);
        assert!(seats.take(Some(2)).is_some());
    }
}
