//! Causal completion: knowing that all that a frame caused is done.
//!
//! A [`Cause`] is cloned into everything that a frame sets going: its handler, the events that it publishes, what each
//! member does with them, each frame that leaves. When the last clone is gone, nothing that the frame caused can still
//! happen. Without a test, and without a consumer that asks for completion frames, there is no cause and nothing is counted.

mod present;
mod work;

use std::{
    future::Future,
    panic::Location,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    task::{Context, Poll},
};

use tokio::sync::oneshot;

pub(crate) use present::Present;
pub use work::Pending;
pub(crate) use work::What;
use work::{List, Work};

use crate::{connection::Link, message::Form, wire::Ref};

tokio::task_local! {
    static CURRENT: Cause;
}

/// What a piece of work was caused by; cheap to clone, and nothing at all in production.
#[derive(Clone, Debug, Default)]
pub struct Cause(Option<(Arc<Token>, Present)>);

#[derive(Debug)]
struct Token {
    finish: Mutex<Option<Finish>>,
    /// In a test: what is known of it. It leaves its list before whoever waits is told.
    place: Option<Box<Place>>,
    /// The cause of this cause. Of a piece of work, the one that is waited for: what has led to it may be done before.
    parent: Cause,
}

/// What a test knows of a cause.
#[derive(Debug)]
enum Place {
    /// It is waited for, and began there.
    Begun {
        list: Arc<List>,
        at: &'static Location<'static>,
    },
    /// It is a piece of work.
    Work(Work),
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

impl Token {
    fn place(&self) -> Option<&Place> {
        self.place.as_deref()
    }
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
    #[track_caller]
    pub fn begin() -> (Self, Completion) {
        Self::begin_with(Self::NONE, Arc::default(), Location::caller())
    }

    /// A new cause that is part of `self`.
    pub(crate) fn begin_part(&self, at: &'static Location<'static>) -> (Self, Completion) {
        let list: Arc<List> = Arc::default();
        let parts = Arc::downgrade(&list);
        let parent = self.work_from(Some(at), || {
            Arc::new(move || {
                let parts = parts.upgrade().map(|parts| parts.pending());
                let parts = parts.into_iter().flatten().map(|part| part.what);
                let parts: Vec<_> = parts.collect();
                format!("what the test has begun ({})", parts.join("; "))
            })
        });
        Self::begin_with(parent, list, at)
    }

    fn begin_with(
        parent: Self,
        list: Arc<List>,
        at: &'static Location<'static>,
    ) -> (Self, Completion) {
        let (sender, receiver) = oneshot::channel();
        let token = Token {
            finish: Mutex::new(Some(Finish::Told(sender))),
            place: Some(Box::new(Place::Begun { list, at })),
            parent,
        };
        (Self::of(token), Completion(receiver))
    }

    /// `self` as a piece of work of its own, started where `self` was. Nothing but `self` outside of a test.
    pub(crate) fn work(&self, what: impl FnOnce() -> What) -> Self {
        self.work_from(None, what)
    }

    /// As [`Cause::work`], started there.
    pub(crate) fn work_from(
        &self,
        at: Option<&'static Location<'static>>,
        what: impl FnOnce() -> What,
    ) -> Self {
        if self.is_none() {
            return Self::NONE;
        }
        let whole = self.whole();
        let Some(Place::Begun { list, at: begun }) = whole.place() else {
            return self.clone();
        };
        let at = at.or_else(|| self.started_at()).unwrap_or(begun);
        let work = list.enter(what(), at);
        Self::of(Token {
            finish: Mutex::default(),
            place: Some(Box::new(Place::Work(work))),
            parent: whole,
        })
    }

    /// `self` as a piece of work of its own, which a test is told of by this name if it waits for it in vain.
    pub fn named(&self, what: impl Into<String>, at: &'static Location<'static>) -> Self {
        self.work_from(Some(at), || {
            let what = what.into();
            Arc::new(move || what.clone())
        })
    }

    #[cfg_attr(realtime_bare, expect(unreachable_code, reason = "that is the point"))]
    fn of(token: Token) -> Self {
        Self(Some((Arc::new(token), Present::new())))
    }

    fn token(&self) -> Option<&Arc<Token>> {
        self.0.as_ref().map(|(token, _)| token)
    }

    fn place(&self) -> Option<&Place> {
        self.token()?.place()
    }

    fn as_work(&self) -> Option<&Work> {
        match self.place()? {
            Place::Work(work) => Some(work),
            Place::Begun { .. } => None,
        }
    }

    /// What it is a piece of, if it is one.
    pub(crate) fn whole(&self) -> Self {
        match self.token() {
            Some(token) if self.as_work().is_some() => token.parent.clone(),
            _ => self.clone(),
        }
    }

    /// What the piece of work is, if it is one.
    pub(crate) fn what(&self) -> Option<What> {
        self.as_work().map(|work| Arc::clone(work.what()))
    }

    /// Where the piece of work was started, if it is one.
    pub(crate) fn started_at(&self) -> Option<&'static Location<'static>> {
        self.as_work().map(Work::at)
    }

    /// Where a test has begun it.
    pub(crate) fn begun_at(&self) -> Option<&'static Location<'static>> {
        match self.place()? {
            Place::Begun { at, .. } => Some(at),
            Place::Work(_) => self.whole().begun_at(),
        }
    }

    /// A piece of work that this one leads to: `format` says what it is.
    pub(crate) fn follow_up(
        &self,
        at: Option<&'static Location<'static>>,
        format: fn(Option<String>) -> String,
    ) -> Self {
        self.work_from(at, || {
            let former = self.what();
            Arc::new(move || format(former.as_ref().map(|former| former())))
        })
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
        let place = match self.whole().place() {
            Some(Place::Begun { list, at }) => {
                let (list, at) = (Arc::clone(list), *at);
                Some(Box::new(Place::Begun { list, at }))
            }
            _ => None,
        };
        Self::of(Token {
            finish: Mutex::new(Some(finish)),
            place,
            parent: self,
        })
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
        Watch(self.token().map(Arc::downgrade).unwrap_or_default())
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
    /// The pieces of work that still hold the cause.
    pub fn pending(&self) -> Vec<Pending> {
        match self.0.upgrade().as_deref().and_then(Token::place) {
            Some(Place::Begun { list, .. }) => list.pending(),
            _ => Vec::new(),
        }
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
#[track_caller]
pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let cause = Cause::current().follow_up(Some(Location::caller()), |by| carried("future", by));
    within(cause, future)
}

/// Carries the cause of the code that runs now into `work`, for a thread or `spawn_blocking`.
///
/// ```
/// # fn resize() {}
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// tokio::task::spawn_blocking(realtime_runtime::cause::carry_fn(resize)).await.unwrap();
/// # }
/// ```
#[track_caller]
pub fn carry_fn<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let cause = Cause::current().follow_up(Some(Location::caller()), |by| carried("function", by));
    move || cause.enter(work)
}

fn carried(what: &str, by: Option<String>) -> String {
    match by {
        Some(by) => format!("a {what} that {by} carries"),
        None => format!("a carried {what}"),
    }
}

/// Runs `future` under `cause`.
pub async fn within<F: Future>(cause: Cause, future: F) -> F::Output {
    if cause.is_none() {
        future.await
    } else {
        CURRENT.scope(cause, future).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &'static str) -> What {
        Arc::new(move || name.to_owned())
    }

    fn pending(watch: &Watch) -> Vec<String> {
        let pending = watch.pending().into_iter();
        pending.map(|work| work.what).collect()
    }

    #[test]
    fn a_cause_is_one_word_and_without_a_test_no_work_is_named() {
        assert_eq!(size_of::<Cause>(), size_of::<usize>());
        let work = Cause::NONE.work(|| unreachable!("nobody would ask for the name"));
        assert!(work.is_none());
    }

    #[tokio::test]
    async fn work_is_pending_until_its_last_clone_is_gone() {
        let (cause, completion) = Cause::begin();
        let watch = cause.watch();
        let one = cause.work(|| named("one"));
        let two = one.work(|| named("two"));
        let again = two.clone();
        drop((cause, two));
        assert_eq!(pending(&watch), ["one", "two"]);
        drop(one);
        assert_eq!(pending(&watch), ["two"], "what led to it is done");
        drop(again);
        assert_eq!(pending(&watch), [""; 0]);
        completion.await;
    }

    #[tokio::test]
    async fn what_is_carried_says_who_carries_it_and_where() {
        let (cause, _completion) = Cause::begin();
        let watch = cause.watch();
        let handler = cause.work(|| named("the handler"));
        let line = line!() + 1;
        let carried = handler.enter(|| carry(std::future::pending::<()>()));
        drop(handler);
        let pending = watch.pending();
        assert_eq!(pending[0].what, "a future that the handler carries");
        assert_eq!(pending[0].at.line(), line);
        drop(carried);
        assert_eq!(watch.pending().len(), 0);
    }

    #[test]
    fn a_part_is_pending_with_what_it_waits_for() {
        let (all, _completion) = Cause::begin();
        let (part, _done) = all.begin_part(Location::caller());
        let _work = part.work(|| named("the handler"));
        let expected = "what the test has begun (the handler)";
        assert_eq!(pending(&all.watch()), [expected]);
    }
}
