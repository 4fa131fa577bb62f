//! What never ends is a failure that says what is missing.

use std::{fmt::Write as _, future::Future, panic::Location, time::Duration};

use realtime_runtime::cause::{Cause, Completion, Pending, Watch};

/// Real time, as the application's clock stands still.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a test waits for what does not come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience(pub(crate) Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(PATIENCE)
    }
}

/// A place in a test.
pub(crate) fn place(at: &Location<'_>) -> String {
    format!("{}:{}", at.file(), at.line())
}

/// What is waited for.
#[derive(Debug)]
pub(crate) struct UnderWay {
    /// Weighed only on failure: a clone of the cause would keep it from ending.
    watch: Watch,
    completion: Completion,
}

impl UnderWay {
    /// What `cause` has caused: whoever else has it now is waited for.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "who waits must not be among those that are waited for"
    )]
    pub(crate) fn new(cause: Cause, completion: Completion) -> Self {
        Self {
            watch: cause.watch(),
            completion,
        }
    }
}

impl Patience {
    /// `None`: it has not come in time.
    pub(crate) async fn wait<F: Future>(self, future: F) -> Option<F::Output> {
        tokio::time::timeout(self.0, future).await.ok()
    }

    /// Waits for `what`.
    pub(crate) async fn watch<F: Future>(
        self,
        what: &str,
        context: impl FnOnce() -> String,
        future: F,
    ) -> F::Output {
        // What it holds is pending, too.
        let mut future = std::pin::pin!(future);
        match self.wait(future.as_mut()).await {
            Some(output) => output,
            None => panic!("{what} has not come within {:?}{}", self.0, context()),
        }
    }

    /// Waits until everything is done. An error says what is pending.
    pub(crate) async fn completion(
        self,
        what: &str,
        mut under_way: UnderWay,
    ) -> Result<(), String> {
        if self.wait(&mut under_way.completion).await.is_some() {
            return Ok(());
        }
        let pending = pending(&under_way.watch.pending());
        Err(format!(
            "what {what} caused is not done after {:?}; {pending}",
            self.0
        ))
    }
}

impl UnderWay {
    /// What is pending, for the message of a failure.
    pub(crate) fn pending(&self) -> String {
        format!("; {}", pending(&self.watch.pending()))
    }
}

/// What is pending, as a list.
fn pending(works: &[Pending]) -> String {
    if works.is_empty() {
        return "a cause is held by what has no name".to_owned();
    }
    let mut lines: Vec<(String, usize)> = Vec::new();
    for work in works {
        let line = work.to_string();
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => lines.push((line, 1)),
        }
    }
    let mut text = String::from("pending:");
    for (line, count) in lines {
        let _ = write!(text, "\n  - {line}");
        if count > 1 {
            let _ = write!(text, " ({count} times)");
        }
    }
    text
}
