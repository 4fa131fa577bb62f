//! Writing to members whose tasks sleep, by a few tasks in place of them all.
//!
//! What is published in one go, however many events that are, is on its way to a member with one write.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    vec,
};

use tokio::{runtime::Handle, task};

use crate::connection::Link;

/// So few tasks are woken instead: that costs less than a task of our own.
const FEW: usize = 4;
/// After so many members other tasks have their turn. Who publishes in a loop has its own after fewer, so that no outbox
/// is full before its turn has come.
const TURNS: usize = 256;
/// There are no more lanes than that.
const MOST_LANES: usize = 16;

/// As many lanes as the runtime has workers, so that they share the work.
#[derive(Debug, Default)]
pub(super) struct Writers {
    lanes: OnceLock<Box<[Arc<Lane>]>>,
    /// Where connections run. A publisher may have a runtime of its own, which nobody drives once it has published.
    runtime: Mutex<Option<Handle>>,
}

/// Members that wait to be written to, and are not told otherwise. Dropped, it wakes their tasks.
#[derive(Debug, Default)]
pub(super) struct Asleep(Vec<Arc<Link>>);

impl Asleep {
    pub(super) fn add(&mut self, link: &Arc<Link>) {
        self.0.push(Arc::clone(link));
    }
}

impl Drop for Asleep {
    fn drop(&mut self) {
        self.0.drain(..).for_each(|link| link.rouse());
    }
}

/// Members that are written to one after the other. A task does so as long as there are some.
#[derive(Debug, Default)]
struct Lane(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    links: Vec<Arc<Link>>,
    /// Whether the task runs.
    running: bool,
}

impl Lane {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds members. `true`: the task has to be started.
    fn add(&self, links: impl IntoIterator<Item = Arc<Link>>) -> bool {
        let mut waiting = self.lock();
        waiting.links.extend(links);
        !waiting.links.is_empty() && !mem::replace(&mut waiting.running, true)
    }
}

impl Writers {
    /// Remembers the runtime that this is called in; called with each connection.
    pub(super) fn start(&self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        self.lanes.get_or_init(|| {
            let workers = runtime.metrics().num_workers().clamp(1, MOST_LANES);
            (0..workers).map(|_| Arc::default()).collect()
        });
        let mut known = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if known
            .as_ref()
            .is_none_or(|known| known.id() != runtime.id())
        {
            *known = Some(runtime);
        }
    }

    fn runtime(&self) -> Option<Handle> {
        let known = self.runtime.lock();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sees to it that what waits for these is written. Never waits.
    pub(super) fn write(&self, mut asleep: Asleep) {
        if asleep.0.len() <= FEW {
            return;
        }
        let (Some(runtime), Some(lanes)) = (self.runtime(), self.lanes.get()) else {
            return;
        };
        let links = mem::take(&mut asleep.0);
        if let [lane] = &**lanes {
            if lane.add(links) {
                runtime.spawn(run(Running::of(lane)));
            }
            return;
        }
        let mut parts: Vec<_> = lanes.iter().map(|lane| (lane, Vec::new())).collect();
        for link in links {
            let part = link.id().number() as usize % parts.len();
            parts[part].1.push(link);
        }
        let mut starts = false;
        for (lane, part) in parts {
            if lane.add(part) {
                starts = true;
                runtime.spawn(run(Running::of(lane)));
            }
        }
        if starts {
            // A worker keeps the task that it was given last to itself: it must not be a lane, as nobody knows how long
            // who publishes goes on.
            runtime.spawn(async {});
        }
    }
}

/// Held by a lane's task, whose runtime may end before all is written: then the members' own tasks are woken.
struct Running {
    lane: Arc<Lane>,
    links: vec::IntoIter<Arc<Link>>,
    /// It has left the lane, which may have another task by now.
    over: bool,
}

impl Running {
    fn of(lane: &Arc<Lane>) -> Self {
        Self {
            lane: Arc::clone(lane),
            links: Vec::new().into_iter(),
            over: false,
        }
    }

    fn next(&mut self) -> Option<Arc<Link>> {
        if let Some(link) = self.links.next() {
            return Some(link);
        }
        if self.over {
            return None;
        }
        let mut waiting = self.lane.lock();
        self.links = mem::take(&mut waiting.links).into_iter();
        let next = self.links.next();
        self.over = next.is_none();
        waiting.running = !self.over;
        next
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        while let Some(link) = self.next() {
            link.rouse();
        }
    }
}

async fn run(mut running: Running) {
    let mut buffer = Vec::new();
    let mut turns = 0;
    while let Some(link) = running.next() {
        link.write_through(&mut buffer);
        turns += 1;
        if turns % TURNS == 0 {
            task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Limits;

    fn link() -> Arc<Link> {
        Link::for_test(Limits::default())
    }

    #[test]
    fn a_task_that_is_through_leaves_the_lane_to_the_next() {
        let lane = Arc::<Lane>::default();
        assert!(lane.add([link()]));
        let mut first = Running::of(&lane);
        assert!(first.next().is_some() && first.next().is_none());
        assert!(lane.add([link()]), "there must be another task");
        let mut second = Running::of(&lane);
        drop(first);
        assert!(!lane.add([link()]), "there is another task");
        assert!(second.next().is_some() && second.next().is_some());
    }

    #[test]
    fn a_task_that_is_dropped_leaves_nobody_behind() {
        let lane = Arc::<Lane>::default();
        assert!(lane.add([link(), link()]));
        let mut running = Running::of(&lane);
        assert!(running.next().is_some());
        assert!(!lane.add([link()]));
        drop(running);
        assert!(lane.lock().links.is_empty());
        assert!(lane.add([link()]), "there must be another task");
    }
}
