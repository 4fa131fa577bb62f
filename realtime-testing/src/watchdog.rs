//! What never ends is a failure that says what is missing.

use std::{future::Future, time::Duration};

use realtime_runtime::cause::{Cause, Completion};

/// Real time, as the application's clock stands still.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn watch<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what} has not come within {} s", PATIENCE.as_secs()),
    }
}

/// Waits until everything that `cause` caused is done.
pub(crate) async fn completion(
    what: &str,
    cause: Cause,
    completion: Completion,
    context: impl FnOnce() -> String,
) {
    let mut completion = completion;
    // Weighed only on failure: a clone of its own would keep it from ending.
    let watch = cause.watch();
    drop(cause);
    if tokio::time::timeout(PATIENCE, &mut completion)
        .await
        .is_err()
    {
        let context = context();
        panic!(
            "what {what} caused is not done after {} s; {} pieces of work are pending, for example a handler that never \
             returns, or a frame that nobody reads{context}",
            PATIENCE.as_secs(),
            watch.pending(),
        );
    }
}
