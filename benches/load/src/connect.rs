//! Clients that come, ask once, and go.

use std::{rc::Rc, time::Instant};

use crate::{
    Outcome,
    client::Client,
    job::Job,
    run::{self, Run},
    target::{Manner, Target},
};

/// One of so many comes before anything is measured, and a window's worth at least.
const BEFORE: usize = 10;

/// So many come before anything is measured.
pub(crate) fn warm_up(connections: usize) -> usize {
    (connections / BEFORE).max(run::AT_ONCE).min(connections)
}

/// So many come and go.
pub(crate) async fn come_and_go(
    target: &Target,
    run: &Rc<Run>,
    chat: &Rc<Job>,
    connections: usize,
) -> Outcome {
    let visit = |_| {
        let (target, run, chat) = (target.clone(), Rc::clone(run), Rc::clone(chat));
        async move {
            let from = Instant::now();
            let client = Client::connect(&target, &chat, Manner::default()).await?;
            run.latencies.add(from, Instant::now());
            client.closes(&run.buffer, too_much).await
        }
    };
    let done = |()| run.answers.set(run.answers.get() + 1);
    run::windowed(connections, visit, done).await
}

/// Nothing comes beside the one answer.
fn too_much(text: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(text);
    Err(format!("to nothing that was asked came {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_comes_beforehand_but_no_less_than_a_window() {
        assert_eq!([5, 100, 10_000].map(warm_up), [5, 64, 1000]);
    }
}
