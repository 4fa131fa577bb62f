//! Whose turn it is to write to a connection's socket: its task's, or that of others while the task sleeps.

use std::sync::atomic::{AtomicU8, Ordering::SeqCst};

/// The task is awake, or always writes itself.
const TASK: u8 = 0;
/// The task sleeps and has nothing to write: others may.
const FREE: u8 = 1;
/// Another writes.
const OTHER: u8 = 2;
/// Another writes, and is to wake the task when it is through.
const WAITED_FOR: u8 = 3;
/// Another could not write everything: the rest comes first, and only the task waits for a socket.
const REST: u8 = 4;

/// Sequentially consistent: a task that falls asleep looks for what was queued after it has said so, and who queues
/// something looks whether it sleeps after that, so that one of the two finds it.
#[derive(Debug, Default)]
pub(super) struct Turn(AtomicU8);

/// What a task finds that has woken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// It is its turn.
    Free,
    /// It is its turn, and what another could not write comes first.
    Rest,
    /// Another writes, and will wake it; not for long, as nobody waits for a socket then.
    Wait,
}

impl Turn {
    /// The task wakes up.
    pub(super) fn wake(&self) -> Woken {
        let change = |from, to| self.0.compare_exchange(from, to, SeqCst, SeqCst).is_ok();
        loop {
            match self.0.load(SeqCst) {
                FREE if change(FREE, TASK) => return Woken::Free,
                REST if change(REST, TASK) => return Woken::Rest,
                OTHER if change(OTHER, WAITED_FOR) => return Woken::Wait,
                WAITED_FOR => return Woken::Wait,
                TASK => return Woken::Free,
                _ => {}
            }
        }
    }

    /// The task falls asleep, and must now look once more whether something was queued.
    pub(super) fn sleep(&self) {
        self.0.store(FREE, SeqCst);
    }

    /// Whether something that was queued will be found by another who has yet to begin writing, so that the task need
    /// not be woken for it.
    pub(super) fn is_others(&self) -> bool {
        matches!(self.0.load(SeqCst), FREE | OTHER)
    }

    /// Another begins to write. `false`: it is not its turn, but that of somebody who will find what was queued.
    pub(super) fn begin(&self) -> bool {
        let change = |from, to| self.0.compare_exchange(from, to, SeqCst, SeqCst).is_ok();
        loop {
            match self.0.load(SeqCst) {
                FREE if change(FREE, OTHER) => return true,
                // Who writes may have looked before, and is to wake the task.
                OTHER if change(OTHER, WAITED_FOR) => return false,
                FREE | OTHER => {}
                _ => return false,
            }
        }
    }

    /// Another has written. `true`: the task is to be woken.
    pub(super) fn end(&self, has_rest: bool) -> bool {
        let next = if has_rest { REST } else { FREE };
        self.0.swap(next, SeqCst) == WAITED_FOR || has_rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_is_awake_writes_itself() {
        let turn = Turn::default();
        assert!(!turn.is_others() && !turn.begin());
        assert_eq!(turn.wake(), Woken::Free);
    }

    #[test]
    fn while_it_sleeps_one_other_may() {
        let turn = Turn::default();
        turn.sleep();
        assert!(turn.is_others() && turn.begin());
        assert!(!turn.end(false));
        assert_eq!(turn.wake(), Woken::Free);
    }

    #[test]
    fn what_a_second_other_has_to_write_is_for_the_task() {
        let turn = Turn::default();
        turn.sleep();
        assert!(turn.begin());
        assert!(!turn.begin());
        assert!(turn.end(false), "the task is woken");
    }

    #[test]
    fn a_task_waits_for_the_other_and_is_woken() {
        let turn = Turn::default();
        turn.sleep();
        assert!(turn.begin());
        assert_eq!((turn.wake(), turn.wake()), (Woken::Wait, Woken::Wait));
        assert!(!turn.is_others());
        assert!(turn.end(false));
        assert_eq!(turn.wake(), Woken::Free);
    }

    #[test]
    fn what_is_left_is_for_the_task() {
        let turn = Turn::default();
        turn.sleep();
        assert!(turn.begin() && turn.end(true));
        assert!(!turn.is_others() && !turn.begin());
        assert_eq!((turn.wake(), turn.wake()), (Woken::Rest, Woken::Free));
    }
}
