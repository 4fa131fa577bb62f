//! What all clients of a run share: they are on one thread.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    rc::Rc,
    time::Duration,
};

use tokio::{
    sync::Notify,
    task::{JoinSet, spawn_local},
    time::{sleep, timeout},
};

use crate::{
    Outcome,
    client::Client,
    job::Job,
    latency::Latencies,
    target::{Manner, Target},
};

/// As many connect at once, those that come and go among them.
pub(crate) const AT_ONCE: usize = 64;
/// What is on the way when the time is over takes no longer.
pub(crate) const REST: Duration = Duration::from_secs(10);
/// What comes too often comes within it.
const SURPLUS: Duration = Duration::from_millis(50);

/// What all clients of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    /// Where all clients read into.
    pub(crate) buffer: RefCell<Vec<u8>>,
    /// Answers that came.
    pub(crate) answers: Cell<u64>,
    /// Answers that are to come of what was sent.
    pub(crate) expected: Cell<u64>,
    /// How long they took.
    pub(crate) latencies: Latencies,
    /// Nothing more is sent.
    pub(crate) over: Cell<bool>,
    failure: RefCell<Option<String>>,
    failed: Notify,
}

impl Run {
    pub(crate) fn new() -> Result<Rc<Self>, String> {
        Ok(Rc::new(Self {
            buffer: RefCell::new(vec![0; 64 * 1024]),
            answers: Cell::new(0),
            expected: Cell::new(0),
            latencies: Latencies::new()?,
            over: Cell::new(false),
            failure: RefCell::new(None),
            failed: Notify::new(),
        }))
    }

    /// Lets a client do its work beside the others. The first that fails ends the run.
    pub(crate) fn spawn(self: &Rc<Self>, work: impl Future<Output = Outcome> + 'static) {
        let run = Rc::clone(self);
        spawn_local(async move {
            if let Err(reason) = work.await {
                run.failure.borrow_mut().get_or_insert(reason);
                run.failed.notify_one();
            }
        });
    }

    /// Waits so long, unless a client fails.
    pub(crate) async fn passes(&self, time: Duration) -> Outcome {
        tokio::select! {
            () = self.failed.notified() => {
                let failure = self.failure.borrow_mut().take();
                Err(failure.unwrap_or_default())
            }
            () = sleep(time) => Ok(()),
        }
    }

    /// Waits until as many answers came as must, and no more.
    pub(crate) async fn ends(&self) -> Outcome {
        self.over.set(true);
        let all = async {
            while self.answers.get() < self.expected.get() {
                self.passes(Duration::from_millis(5)).await?;
            }
            self.passes(SURPLUS).await
        };
        if let Ok(all) = timeout(REST, all).await {
            return all;
        }
        let missing = self.expected.get() - self.answers.get();
        Err(format!(
            "{missing} of {} answers are missing",
            self.expected.get()
        ))
    }
}

/// Lets so many clients in, beside the `first` that are there, and hands over each after its first answer.
///
/// Who has nothing to wait for should be let go on from there: a server may want an answer to its pings meanwhile.
pub(crate) async fn connect(
    target: &Target,
    chat: &Rc<Job>,
    first: usize,
    count: usize,
    each: impl FnMut(Client),
) -> Outcome {
    let connect = |number| {
        let manner = Manner {
            number: first + number,
            is_slow: false,
        };
        let (target, chat) = (target.clone(), Rc::clone(chat));
        async move { Client::connect(&target, &chat, manner).await }
    };
    windowed(count, connect, each).await
}

/// Does so much work, not all of it at once. The first that fails ends it.
pub(crate) async fn windowed<T: 'static, F>(
    count: usize,
    mut work: impl FnMut(usize) -> F,
    mut done: impl FnMut(T),
) -> Outcome
where
    F: Future<Output = Result<T, String>> + 'static,
{
    let mut working = JoinSet::new();
    let mut begun = 0;
    loop {
        while begun < count && working.len() < AT_ONCE {
            working.spawn_local(work(begun));
            begun += 1;
        }
        match working.join_next().await {
            Some(Ok(result)) => done(result?),
            Some(Err(error)) => return Err(error.to_string()),
            None => return Ok(()),
        }
    }
}
