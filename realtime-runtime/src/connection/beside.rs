//! What goes on beside the frames of a connection: streams of replies, and handlers that run as tasks of their own.

use std::{
    future::Future as _,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use sync_wrapper::SyncWrapper;
use tokio::task::JoinHandle;

use super::{Link, report::report};
use crate::{
    cause::Cause,
    error::Error,
    message::{Form, Reply, ReplySink, TagKey},
    panic,
    wire::{ErrorFrame, Ref, encode},
};

/// All that goes on beside the frames of one connection. Dropping it ends everything.
#[derive(Default)]
pub(crate) struct Besides(Vec<Beside>);

/// One of them.
pub(crate) struct Beside {
    work: Work,
    /// Not done before this is over.
    cause: Cause,
}

enum Work {
    Replies(SyncWrapper<Box<dyn Replies>>),
    /// A handler; what it leaves to be done is the stream that it returned, if it did.
    Task(Task),
}

/// A stream of replies to one frame.
trait Replies: Send {
    /// Writes the next reply. Ready: so many frames were written; `None`: it is over.
    fn poll_write(&mut self, cx: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Option<usize>>;
}

/// A task that is cancelled when this is dropped.
#[derive(Debug)]
struct Task(JoinHandle<Vec<Beside>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Besides {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, started: Vec<Beside>) {
        self.0.extend(started);
    }

    /// Gives each its turn. Ready: something was written, which `wrote` is told, or something is over.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut Vec<u8>,
        mut wrote: impl FnMut(usize, &Cause),
    ) -> Poll<()> {
        let mut progress = Poll::Pending;
        let mut index = 0;
        let mut all_left = Vec::new();
        while let Some(Beside { work, cause }) = self.0.get_mut(index) {
            let over = match work {
                Work::Replies(replies) => {
                    match cause.enter(|| replies.get_mut().poll_write(cx, out)) {
                        Poll::Pending => Poll::Pending,
                        Poll::Ready(None) => Poll::Ready(Vec::new()),
                        Poll::Ready(Some(frames)) => {
                            wrote(frames, cause);
                            progress = Poll::Ready(());
                            Poll::Pending
                        }
                    }
                }
                Work::Task(task) => Pin::new(&mut task.0)
                    .poll(cx)
                    .map(|left| left.unwrap_or_default()),
            };
            match over {
                Poll::Pending => index += 1,
                Poll::Ready(left) => {
                    progress = Poll::Ready(());
                    all_left.extend(left);
                    drop(self.0.remove(index));
                }
            }
        }
        // Not before their handler's own messages are taken from the outbox.
        self.0.extend(all_left);
        progress
    }

    /// Ends everything; returns what must still notice that it is over.
    pub(crate) fn cancel(&mut self) -> Vec<Cancelled> {
        let mut cancelled = Vec::new();
        for Beside { work, cause } in self.0.drain(..) {
            match work {
                Work::Task(task) => {
                    task.0.abort();
                    cancelled.push(Cancelled {
                        task,
                        _cause: cause,
                    });
                }
                // The application's own code runs here, too.
                Work::Replies(replies) => drop(replies),
            }
        }
        cancelled
    }
}

/// A task that was told to end.
#[derive(Debug)]
pub(crate) struct Cancelled {
    task: Task,
    _cause: Cause,
}

impl Cancelled {
    /// Resolves when it has ended.
    pub(crate) async fn ended(mut self) {
        // An error says that it was cancelled.
        let _ = (&mut self.task.0).await;
    }
}

impl Beside {
    /// A stream of replies to the frame with this `ref`.
    pub(crate) fn replies<T, R, S>(stream: S, reference: Option<Ref>, link: Arc<Link>) -> Self
    where
        T: TagKey,
        R: Reply<T>,
        S: Stream<Item = R> + Send + 'static,
    {
        let cause = Cause::current().follow_up(None, |by| match by {
            Some(by) => format!("the stream of replies of {by}"),
            None => "a stream of replies".to_owned(),
        });
        let replies = StreamOfReplies {
            cause: cause.clone(),
            stream: Some(Box::pin(stream)),
            write: R::write,
            form: T::FORM,
            reference,
            link,
        };
        Self {
            work: Work::Replies(SyncWrapper::new(Box::new(replies))),
            cause,
        }
    }

    /// A task; what it returns goes on when it is over.
    pub(crate) fn task(task: impl Future<Output = Vec<Self>> + Send + 'static) -> Self {
        let cause = Cause::current().follow_up(None, |by| match by {
            Some(by) => format!("{by} (spawned)"),
            None => "a spawned handler".to_owned(),
        });
        let task = tokio::spawn(crate::cause::within(cause.clone(), task));
        Self {
            work: Work::Task(Task(task)),
            cause,
        }
    }
}

impl<S: Stream> Drop for StreamOfReplies<S> {
    fn drop(&mut self) {
        let Self { stream, cause, .. } = self;
        let dropped = catch_unwind(AssertUnwindSafe(|| cause.enter(|| *stream = None)));
        if let Err(panic) = dropped {
            let panic = panic::message(&*panic);
            tracing::error!(panic, "a stream of replies failed when it was dropped");
        }
    }
}

struct StreamOfReplies<S: Stream> {
    cause: Cause,
    /// `None`: it is over.
    stream: Option<Pin<Box<S>>>,
    write: fn(S::Item, &mut ReplySink<'_>) -> Result<(), Error>,
    form: Form,
    reference: Option<Ref>,
    link: Arc<Link>,
}

impl<S: Stream + Send> Replies for StreamOfReplies<S> {
    fn poll_write(&mut self, cx: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Option<usize>> {
        let before = out.len();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let item = match &mut self.stream {
                Some(stream) => ready!(stream.as_mut().poll_next(cx)),
                None => None,
            };
            let Some(item) = item else {
                // The application's own code runs in a drop, too.
                self.stream = None;
                return Poll::Ready(Ok(None));
            };
            let mut sink = ReplySink::new(out, self.reference.as_ref());
            let written = (self.write)(item, &mut sink);
            Poll::Ready(written.map(|()| Some(sink.frames())))
        }));
        let failed = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(frames))) => return Poll::Ready(frames),
            Ok(Poll::Ready(Err(error))) => Ok(Some(error)),
            // What panicked is not asked again.
            Err(panic) => {
                let dropped = catch_unwind(AssertUnwindSafe(|| self.stream = None));
                Err(panic::message(&*dropped.err().unwrap_or(panic)))
            }
        };
        out.truncate(before);
        let error: ErrorFrame = report(
            failed,
            &self.link,
            "a stream of replies failed",
            &self.cause,
        );
        self.link.meters().failed(&error.code);
        encode::error(out, self.form, &error, self.reference.as_ref());
        Poll::Ready(Some(1))
    }
}

impl std::fmt::Debug for Beside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beside").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Besides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Besides").field(&self.0.len()).finish()
    }
}
