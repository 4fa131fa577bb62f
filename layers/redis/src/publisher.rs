//! The connection that publishes: batches, many of them under way.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use realtime_runtime::broker::BrokerError;
use redis::{Pipeline, PushKind, RedisResult, Value, aio::MultiplexedConnection};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot},
    time::sleep,
};

use crate::{backoff::Backoff, link::Link, shared::Shared};

/// How many batches may be under way on the connection; further messages make the next ones larger.
const BATCHES: usize = 16;
/// How many messages a batch has at most.
const BATCH: usize = 256;

/// What is to be published.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) channel: String,
    pub(crate) message: Bytes,
    /// `None` for a probe: its answer is that it comes.
    pub(crate) done: Option<oneshot::Sender<Result<(), BrokerError>>>,
    /// One of as many as may wait, and of its bytes. A probe waits beside them.
    pub(crate) _room: Option<[OwnedSemaphorePermit; 2]>,
}

impl Job {
    fn end(self, outcome: Result<(), BrokerError>) {
        if let Some(done) = self.done {
            // Somebody who has stopped waiting does not want to know.
            let _ = done.send(outcome);
        }
    }
}

/// Where jobs go.
#[derive(Debug)]
pub(crate) struct Publisher {
    jobs: mpsc::Sender<Job>,
    state: AtomicU8,
}

const STARTING: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;

impl Publisher {
    /// `waiting`: how many jobs may be under way. There is room for some probes beside them.
    pub(crate) fn new(waiting: usize) -> (Self, mpsc::Receiver<Job>) {
        let (jobs, receiver) = mpsc::channel(waiting + 16);
        let state = AtomicU8::new(STARTING);
        (Self { jobs, state }, receiver)
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state.load(Ordering::Acquire) == UP
    }

    /// It is known that there is no connection.
    pub(crate) fn is_down(&self) -> bool {
        self.state.load(Ordering::Acquire) == DOWN
    }

    pub(crate) fn set_down(&self) {
        self.state.store(DOWN, Ordering::Release);
    }

    /// Enqueues; jobs are published in this order.
    pub(crate) fn publish(&self, job: Job) -> Result<(), BrokerError> {
        if self.is_down() {
            return Err(BrokerError::Unavailable);
        }
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => BrokerError::Full,
            mpsc::error::TrySendError::Closed(_) => BrokerError::Unavailable,
        })
    }
}

/// Connects, publishes, and connects anew, until it is aborted.
pub(crate) async fn run(link: Arc<Link>, shared: Arc<Shared>, mut jobs: mpsc::Receiver<Job>) {
    let publisher = &link.publisher;
    let mut backoff = Backoff::new(shared.settings.backoff.0, shared.settings.backoff.1);
    loop {
        let lost = Arc::new(Notify::new());
        let tell = lost.clone();
        let push = move |info: redis::PushInfo| {
            if info.kind == PushKind::Disconnection {
                tell.notify_one();
            }
        };
        match link.endpoint.connect(&shared.dialer, push).await {
            Ok((_, connection)) => {
                backoff.stands();
                publisher.state.store(UP, Ordering::Release);
                shared.health_changed();
                serve(connection, &link, &shared, &lost, &mut jobs).await;
                tracing::warn!(server = %link.name(), "the connection that publishes to Redis is lost");
            }
            Err(error) => {
                let reason = &*crate::shared::reason(&error);
                tracing::debug!(server = %link.name(), reason, "cannot connect to publish to Redis");
            }
        }
        publisher.set_down();
        shared.health_changed();
        let wait = sleep(backoff.next());
        tokio::pin!(wait);
        loop {
            tokio::select! {
                () = &mut wait => break,
                // One that was enqueued before it was known that there is no connection.
                job = jobs.recv() => match job {
                    Some(job) => job.end(Err(BrokerError::Unavailable)),
                    None => return,
                },
            }
        }
    }
}

type UnderWay = BoxFuture<'static, (Vec<Job>, RedisResult<Vec<Value>>)>;

/// Publishes until the connection is lost.
async fn serve(
    connection: MultiplexedConnection,
    link: &Link,
    shared: &Shared,
    lost: &Notify,
    jobs: &mut mpsc::Receiver<Job>,
) {
    let mut under_way = FuturesUnordered::<UnderWay>::new();
    let mut next = Vec::new();
    loop {
        tokio::select! {
            biased;
            Some((batch, answers)) = under_way.next(), if !under_way.is_empty() => {
                if !end(batch, answers, shared) {
                    break;
                }
            }
            () = lost.notified() => break,
            () = link.remake_publisher.notified() => break,
            taken = jobs.recv_many(&mut next, BATCH), if under_way.len() < BATCHES => {
                if taken == 0 {
                    break;
                }
                let mut batch = send(connection.clone(), std::mem::take(&mut next), shared.sharded);
                // Polled here first, so that batches reach the socket in their order whatever becomes ready first.
                let first = std::future::poll_fn(|cx| std::task::Poll::Ready(batch.poll_unpin(cx)));
                match tokio::task::unconstrained(first).await {
                    std::task::Poll::Ready((batch, answers)) => if !end(batch, answers, shared) {
                        break;
                    },
                    std::task::Poll::Pending => under_way.push(batch),
                }
            }
        }
    }
    link.publisher.set_down();
    // What is under way ends with it: dropping a job's sender says that it is not known what became of it.
}

fn send(mut connection: MultiplexedConnection, jobs: Vec<Job>, sharded: bool) -> UnderWay {
    let command = if sharded { "SPUBLISH" } else { "PUBLISH" };
    async move {
        let mut pipeline = Pipeline::with_capacity(jobs.len());
        let mut sent = Vec::with_capacity(jobs.len());
        for job in jobs {
            // Nobody waits for it any longer, and has been told that it failed.
            if job.done.as_ref().is_some_and(oneshot::Sender::is_closed) {
                continue;
            }
            pipeline
                .cmd(command)
                .arg(&job.channel)
                .arg(job.message.as_ref());
            sent.push(job);
        }
        if sent.is_empty() {
            return (sent, Ok(Vec::new()));
        }
        let answers = connection
            .send_packed_commands(&pipeline, 0, sent.len())
            .await;
        (sent, answers)
    }
    .boxed()
}

/// Tells the publishers of a batch; whether the connection still stands.
fn end(batch: Vec<Job>, answers: RedisResult<Vec<Value>>, shared: &Shared) -> bool {
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => {
            let reason = &*crate::shared::reason(&error);
            tracing::debug!(reason, "Redis does not answer what is published");
            for job in batch {
                job.end(Err(BrokerError::Unavailable));
            }
            return false;
        }
    };
    for (job, answer) in batch.into_iter().zip(answers) {
        let outcome = match answer {
            Value::ServerError(error) => {
                // Not sent again to where it belongs now: it would come after what was published later.
                shared.refused(&error);
                Err(BrokerError::Unavailable)
            }
            _ => Ok(()),
        };
        job.end(outcome);
    }
    true
}
