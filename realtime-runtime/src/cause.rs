//! Causal completion: knowing that all that a frame caused is done.
//!
//! A [`Cause`] is cloned into everything that a frame sets going: its handler, the events that it publishes, what each
//! member does with them, each frame that leaves. When the last clone is gone, nothing that the frame caused can still
//! happen. Without a test, and without a consumer that asks for completion frames, there is no cause and nothing is counted.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use crate::{connection::Link, message::Form, wire::Ref};

tokio::task_local! {
    static CURRENT: Cause;
}

/// What a piece of work was caused by; cheap to clone, and nothing at all in production.
#[derive(Clone, Debug, Default)]
pub struct Cause(Option<Arc<Token>>);

#[derive(Debug)]
struct Token {
    finish: Mutex<Option<Finish>>,
    /// The cause of this cause.
    parent: Cause,
}

#[derive(Debug)]
enum Finish {
    /// Nobody waits by name; the receiver sees that the sender is gone.
    Told(#[expect(dead_code, reason = "its drop is the signal")] oneshot::Sender<()>),
    /// A frame that says so to the client.
    Frame {
        link: Arc<Link>,
        form: Form,
        tag: &'static str,
        reference: Option<Ref>,
    },
}

impl Drop for Token {
    fn drop(&mut self) {
        let finish = self
            .finish
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Finish::Frame {
            link,
            form,
            tag,
            reference,
        }) = finish
        {
            link.push_signal(
                form,
                tag,
                reference.as_ref(),
                std::mem::take(&mut self.parent),
            );
        }
    }
}

impl Cause {
    /// No cause.
    pub const NONE: Self = Self(None);

    /// A new cause, and what tells that everything it caused is done.
    pub fn begin() -> (Self, Completion) {
        let (sender, receiver) = oneshot::channel();
        let token = Token {
            finish: Mutex::new(Some(Finish::Told(sender))),
            parent: Self::NONE,
        };
        (Self(Some(Arc::new(token))), Completion(receiver))
    }

    /// A cause within `self` whose end is told to a client by a frame.
    pub(crate) fn with_frame(
        self,
        link: Arc<Link>,
        form: Form,
        tag: &'static str,
        reference: Option<Ref>,
    ) -> Self {
        let finish = Finish::Frame {
            link,
            form,
            tag,
            reference,
        };
        Self(Some(Arc::new(Token {
            finish: Mutex::new(Some(finish)),
            parent: self,
        })))
    }

    /// The cause of the code that runs now.
    pub fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or(Self::NONE)
    }

    /// Whether there is no cause.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Watches it without being one of those it waits for.
    pub fn watch(&self) -> Watch {
        Watch(self.0.as_ref().map(Arc::downgrade).unwrap_or_default())
    }

    /// Runs `work` under this cause.
    pub(crate) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        if self.is_none() {
            work()
        } else {
            CURRENT.sync_scope(self.clone(), work)
        }
    }
}

/// A look at a [`Cause`] from outside.
#[derive(Clone, Debug)]
pub struct Watch(Weak<Token>);

impl Watch {
    /// How many pieces of work still hold the cause.
    pub fn pending(&self) -> usize {
        self.0.strong_count()
    }
}

/// Resolves when the last clone of its [`Cause`] is gone.
///
/// # Cancel safety
/// Cancel safe.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Completion(oneshot::Receiver<()>);

impl Future for Completion {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(drop)
    }
}

/// Carries the cause of the code that runs now into `future`, for a bare `tokio::spawn`.
///
/// ```
/// # async fn job() {}
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// tokio::spawn(realtime_runtime::cause::carry(job())).await.unwrap();
/// # }
/// ```
pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    within(Cause::current(), future)
}

/// Carries the cause of the code that runs now into `work`, for a thread or `spawn_blocking`.
///
/// ```
/// # fn resize() {}
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// tokio::task::spawn_blocking(realtime_runtime::cause::carry_fn(resize)).await.unwrap();
/// # }
/// ```
pub fn carry_fn<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let cause = Cause::current();
    move || cause.enter(work)
}

/// Runs `future` under `cause`.
pub async fn within<F: Future>(cause: Cause, future: F) -> F::Output {
    if cause.is_none() {
        future.await
    } else {
        CURRENT.scope(cause, future).await
    }
}
