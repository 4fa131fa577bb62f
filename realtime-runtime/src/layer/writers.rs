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
pub(super) struct Writers(OnceLock<Box<[Arc<Lane>]>>);

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
    /// Sees to it that what waits for these is written. Never waits.
    pub(super) fn write(&self, links: Vec<Arc<Link>>) {
        let Ok(runtime) = Handle::try_current() else {
            return links.iter().for_each(|link| link.rouse());
        };
        if links.len() <= FEW {
            return links.iter().for_each(|link| link.rouse());
        }
        let lanes = self.0.get_or_init(|| {
            let workers = runtime.metrics().num_workers().clamp(1, MOST_LANES);
            (0..workers).map(|_| Arc::default()).collect()
        });
        let start = |lane: &Arc<Lane>, links: Vec<Arc<Link>>| {
            if lane.add(links) {
                runtime.spawn(run(Running::of(lane)));
            }
        };
        if let [lane] = &**lanes {
            return start(lane, links);
        }
        let mut parts = vec![Vec::with_capacity(links.len() / lanes.len() + 1); lanes.len()];
        for link in links {
            let part = link.id().number() as usize % parts.len();
            parts[part].push(link);
        }
        for (lane, part) in lanes.iter().zip(parts) {
            start(lane, part);
        }
    }
}

/// Held by a lane's task, whose runtime may end before all is written: then the members' own tasks are woken.
struct Running {
    lane: Arc<Lane>,
    links: vec::IntoIter<Arc<Link>>,
}

impl Running {
    fn of(lane: &Arc<Lane>) -> Self {
        Self {
            lane: Arc::clone(lane),
            links: Vec::new().into_iter(),
        }
    }

    fn next(&mut self) -> Option<Arc<Link>> {
        if let Some(link) = self.links.next() {
            return Some(link);
        }
        let mut waiting = self.lane.lock();
        self.links = mem::take(&mut waiting.links).into_iter();
        let next = self.links.next();
        waiting.running = next.is_some();
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
