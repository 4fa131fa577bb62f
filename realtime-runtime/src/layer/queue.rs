//! What code that is not async has handed over, to be published.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use tokio::{runtime::Handle, sync::mpsc, task::JoinSet};

use super::publish::Job;
use crate::panic::guard;

/// Says of a job that what is left is to wait for the bus.
#[derive(Clone, Debug, Default)]
pub(super) struct Begun(Arc<AtomicBool>);

impl Begun {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What code that is not async has handed over.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<Option<mpsc::Sender<(Job, Begun)>>>);

/// So many events may wait to be published, and as many for the bus.
const WAITING: usize = 1024;

impl Queue {
    /// Starts the task that publishes, unless it runs. Called with each connection: before the first nobody is there to
    /// be served, and the task ends with the runtime of the one that started it.
    pub(crate) fn start(&self) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.as_ref().is_none_or(mpsc::Sender::is_closed) {
            let (sender, jobs) = mpsc::channel(WAITING);
            tokio::spawn(work(jobs));
            *queue = Some(sender);
        }
    }

    /// `None`: there has been no connection yet.
    pub(super) fn sender(&self) -> Option<mpsc::Sender<(Job, Begun)>> {
        let sender = || {
            let queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            queue.clone()
        };
        let found = sender()?;
        if found.is_closed() && Handle::try_current().is_ok() {
            self.start();
            return sender();
        }
        Some(found)
    }
}

/// One after the other, until each is with the bus: members of this node never wait for that.
async fn work(mut jobs: mpsc::Receiver<(Job, Begun)>) {
    let mut with_the_bus = JoinSet::new();
    while let Some((job, begun)) = jobs.recv().await {
        let mut job = Box::pin(async move {
            // A handler's panic is caught where it runs; this one is of an event that is dropped, for example.
            if let Err(panic) = guard(job).await {
                tracing::error!(panic, "an event could not be published");
            }
        });
        let is_done = poll_fn(|cx| match job.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending if begun.is_set() => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        });
        if !is_done.await {
            if with_the_bus.len() >= WAITING {
                with_the_bus.join_next().await;
            }
            with_the_bus.spawn(job);
        }
        while with_the_bus.try_join_next().is_some() {}
    }
    // What was handed over last is still to be sent.
    with_the_bus.join_all().await;
}
