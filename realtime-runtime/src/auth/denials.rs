//! Log lines that an attacker can cause, kept to a few.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::connection::Rate;

/// So many lines are written at once.
const BURST: u32 = 10;
/// After that, one in so long.
const EVERY: Duration = Duration::from_secs(6);

const RATE: Rate = Rate::every(EVERY, BURST);

/// Says which lines are written.
#[derive(Debug)]
pub(crate) struct Denials(Mutex<State>);

#[derive(Debug)]
struct State {
    due: Duration,
    unsaid: u64,
}

impl Default for Denials {
    fn default() -> Self {
        Self(Mutex::new(State {
            due: Duration::ZERO,
            unsaid: 0,
        }))
    }
}

impl Denials {
    /// Whether a line may be written at `now`: how many were not since the last one.
    pub(crate) fn say(&self, now: Duration) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if RATE.admit(&mut state.due, now) {
            return Some(std::mem::take(&mut state.unsaid));
        }
        state.unsaid += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_said_a_few_times_and_then_counted() {
        let denials = Denials::default();
        let said = (0..1000).filter(|_| denials.say(Duration::ZERO) == Some(0));
        assert_eq!(said.count(), BURST as usize);
        assert_eq!(denials.say(EVERY), Some(1000 - u64::from(BURST)));
        assert_eq!(denials.say(EVERY), None);
    }
}
