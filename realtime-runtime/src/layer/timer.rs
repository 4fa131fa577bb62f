//! What happens later, on the application's clock.

use std::{
    future::Future,
    panic::Location,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::task::AbortHandle;

use super::ChannelLayer;
use crate::{cause, panic::guard};

/// No deadline is further away: times that are added to it must not overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Work that is to begin later. Dropping this lets it begin all the same.
#[derive(Debug)]
pub struct Timer(AbortHandle);

impl Timer {
    /// Ends the work, or has it not begin at all.
    pub fn cancel(&self) {
        self.0.abort();
    }

    /// Whether the work is done, or will not be.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_finished()
    }
}

impl ChannelLayer {
    /// Runs `work` as a task of its own when so much time has passed on the application's clock, which a test advances.
    ///
    /// At most a year; what is longer is a year. It is not part of what the code that runs now has caused: time causes it.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[track_caller]
    pub fn after<F>(&self, duration: Duration, work: F) -> Timer
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let at = Location::caller();
        let mut sleep = self.0.clock.sleep(duration.min(LONGEST));
        // It stands from now on, not from its task's first turn on.
        let first = Pin::new(&mut sleep).poll(&mut Context::from_waker(Waker::noop()));
        let layer = self.clone();
        let task = tokio::spawn(async move {
            let time = match first {
                Poll::Ready(time) => time,
                Poll::Pending => sleep.await,
            };
            let cause = time.work_from(Some(at), || Arc::new(|| "a timer".to_owned()));
            if let Err(panic) = cause::within(cause, guard(work)).await {
                layer.panicked("a timer", &panic);
                tracing::error!(panic, "what a timer ran failed");
            }
        });
        Timer(task.abort_handle())
    }
}
