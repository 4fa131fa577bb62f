//! What a test sees of a connection beside its bytes. Used by `realtime-testing`; nothing else needs it.
//!
//! A [`Probe`] travels as an extension of the HTTP request, which only code in this process can add. It carries the
//! cause of each frame past the socket: the client says what it is about to send, the server says what it has written.

mod app;
mod capture;
pub(crate) mod names;
mod seam;

use std::{
    any::Any,
    collections::VecDeque,
    panic::Location,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

pub use app::{App, Panicked};
pub use capture::{Capture, Published, group_name};
pub(crate) use seam::{Event, Seam};

use realtime_asyncapi::spec::AppSpec;

use crate::cause::{Cause, Completion, Present};

/// One connection of a test.
#[derive(Clone, Debug)]
pub struct Probe(Arc<Inner>, Present);

#[derive(Debug)]
struct Inner {
    app: App,
    name: Arc<str>,
    identity: Option<Arc<dyn Any + Send + Sync>>,
    answers_pings: AtomicBool,
    state: Mutex<State>,
}

/// A mounted consumer that a connection has got to.
#[derive(Clone, Debug)]
pub struct Reached {
    /// What the application's document is made of.
    pub document: Arc<AppSpec>,
    /// The path at which the consumer is mounted, with `{parameters}`; a router around it may have put more in front.
    pub address: Arc<str>,
}

#[derive(Debug, Default)]
struct State {
    reached: Option<Reached>,
    handshake: Cause,
    /// The same while it is under way: what comes for the connection meanwhile is held, and follows it.
    shaking: Option<Cause>,
    /// Frames that the client has sent, or is about to, and that the server has not yet taken.
    inbound: VecDeque<Cause>,
    /// Frames that the server has written and that the client has not yet read.
    outbound: VecDeque<Cause>,
    /// What `#[on_disconnect]` runs under.
    end: Cause,
    /// What somebody asks for a re-check under.
    recheck: Cause,
    over: bool,
    /// Nothing more will be read.
    deaf: bool,
    /// Nothing is read for now: what comes is of this cause.
    lag: Option<Cause>,
}

/// A handshake that is under way.
#[derive(Debug)]
pub(crate) struct Shaking(Probe);

impl Drop for Shaking {
    fn drop(&mut self) {
        let cause = self.0.state().shaking.take();
        drop(cause);
    }
}

impl Probe {
    /// A connection of `app`; `identity` replaces what the authenticator would say.
    pub fn new(app: &App, identity: Option<Arc<dyn Any + Send + Sync>>) -> Self {
        Self::named(app, "the client".to_owned(), identity)
    }

    /// A connection of `app`, and what the test calls its client.
    pub fn named(app: &App, name: String, identity: Option<Arc<dyn Any + Send + Sync>>) -> Self {
        let inner = Inner {
            app: app.clone(),
            name: name.into(),
            identity,
            answers_pings: AtomicBool::new(true),
            state: Mutex::default(),
        };
        Self(Arc::new(inner), Present::new())
    }

    /// What the handshake is caused by.
    pub fn handshake(&self, cause: Cause) {
        self.state().handshake = cause;
    }

    /// To be called before a data frame is sent.
    pub fn sending(&self, cause: &Cause) {
        let client = Arc::clone(&self.0.name);
        let what = move || format!("a frame of {client} that the server has not taken");
        let cause = cause.work(|| Arc::new(what));
        let mut state = self.state();
        if !state.over {
            state.inbound.push_back(cause);
        }
    }

    /// Where the test has begun what caused the frame that is read next.
    pub fn next_cause(&self) -> Option<&'static Location<'static>> {
        self.state().outbound.front().and_then(Cause::begun_at)
    }

    /// To be called after a data frame, or the close, was read and stored.
    pub fn read(&self) {
        let cause = self.state().outbound.pop_front();
        drop(cause);
    }

    /// To be called when nothing more will be read.
    pub fn read_all(&self) {
        let mut state = self.state();
        state.deaf = true;
        let outbound = std::mem::take(&mut state.outbound);
        drop(state);
        drop(outbound);
    }

    /// The client reads nothing for now. What comes for it meanwhile keeps nobody waiting but the completion that is
    /// returned: it comes once the client [reads on](Probe::reads_on) and has read everything.
    pub fn pauses(&self) -> (Cause, Completion) {
        let (lag, completion) = Cause::begin();
        let mut state = self.state();
        let replaced: Vec<_> = state
            .outbound
            .iter_mut()
            .map(|cause| std::mem::replace(cause, lag.clone()))
            .collect();
        let former = state.lag.replace(lag.clone());
        drop(state);
        drop((replaced, former));
        (lag, completion)
    }

    /// The client reads again. Returns what it still has to read is caused by.
    pub fn reads_on(&self) -> Cause {
        self.state().lag.take().unwrap_or_default()
    }

    /// To be called before the connection is closed by the client.
    pub fn closing(&self, cause: &Cause) {
        let client = Arc::clone(&self.0.name);
        let what = move || format!("the leaving of {client}, which the server has not noticed");
        let cause = cause.work(|| Arc::new(what));
        let mut state = self.state();
        if !state.over {
            state.end = cause;
        }
    }

    /// Says whether the client answers pings; advancing the clock waits for the answer if it does.
    pub fn answers_pings(&self, answers: bool) {
        self.0.answers_pings.store(answers, Ordering::Relaxed);
    }

    /// Where the connection has got to; `None` before the handshake, and where no consumer is mounted.
    pub fn reached(&self) -> Option<Reached> {
        self.state().reached.clone()
    }

    pub(crate) fn reach(&self, reached: Reached) {
        self.state().reached = Some(reached);
    }

    /// Whether the server is done with the connection.
    pub fn is_over(&self) -> bool {
        self.state().over
    }

    /// What the test calls its client.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn app(&self) -> &App {
        &self.0.app
    }

    pub(crate) fn identity<I: Clone + 'static>(&self) -> Option<I> {
        self.0
            .identity
            .as_deref()
            .and_then(|identity| identity.downcast_ref::<I>())
            .cloned()
    }

    pub(crate) fn has_identity(&self) -> bool {
        self.0.identity.is_some()
    }

    pub(crate) fn expects_pong(&self) -> bool {
        self.0.answers_pings.load(Ordering::Relaxed)
    }

    pub(crate) fn take_handshake(&self) -> Cause {
        std::mem::take(&mut self.state().handshake)
    }

    /// From now on, until what is returned is dropped, whatever comes for the connection is part of the handshake: who
    /// causes it does not wait for a connection that is not there yet.
    pub(crate) fn shakes(&self, cause: &Cause) -> Shaking {
        self.state().shaking = Some(cause.clone());
        Shaking(self.clone())
    }

    pub(crate) fn take_inbound(&self) -> Cause {
        let cause = self.state().inbound.pop_front();
        cause.map_or(Cause::NONE, |cause| cause.whole())
    }

    pub(crate) fn wrote(&self, count: usize, cause: &Cause) {
        let cause = self.of_client(cause, |client| {
            format!("a frame that {client} has not read")
        });
        let mut state = self.state();
        if !state.deaf {
            state.outbound.extend(std::iter::repeat_n(cause, count));
        }
    }

    /// What something on its way to the client is caused by: whoever does not read keeps no test waiting.
    fn of_client(
        &self,
        cause: &Cause,
        what: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Cause {
        let lag = {
            let state = self.state();
            if state.deaf {
                return Cause::NONE;
            }
            state.lag.clone().or_else(|| state.shaking.clone())
        };
        lag.as_ref().unwrap_or(cause).work(|| {
            let client = Arc::clone(&self.0.name);
            Arc::new(move || what(&client))
        })
    }

    /// What something that is queued for the client is caused by; `event`: the tag of an event for its handler.
    pub(crate) fn queued(&self, cause: &Cause, event: Option<&'static str>) -> Cause {
        self.of_client(cause, move |client| match event {
            Some(tag) => format!("the event `{tag}` that {client}'s handler has not begun"),
            None => format!("a frame for {client} that is not written"),
        })
    }

    /// Whether the client reads nothing, for good or for now.
    pub(crate) fn is_deaf(&self) -> bool {
        let state = self.state();
        state.deaf || state.lag.is_some()
    }

    /// What the end of the connection is caused by.
    pub(crate) fn ending(&self, cause: Cause) -> Cause {
        let cause = if cause.is_none() {
            self.app().background()
        } else {
            cause
        };
        cause.work(|| {
            let client = Arc::clone(&self.0.name);
            Arc::new(move || format!("the end of the connection of {client}"))
        })
    }

    pub(crate) fn recheck(&self, cause: Cause) {
        let cause = if cause.is_none() {
            self.app().background()
        } else {
            cause
        };
        let former = std::mem::replace(&mut self.state().recheck, cause);
        drop(former);
    }

    pub(crate) fn take_recheck(&self) -> Cause {
        std::mem::take(&mut self.state().recheck)
    }

    pub(crate) fn take_end(&self) -> Cause {
        std::mem::take(&mut self.state().end).whole()
    }

    pub(crate) fn over(&self) {
        let mut state = self.state();
        state.over = true;
        let inbound = std::mem::take(&mut state.inbound);
        drop(state);
        drop(inbound);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
