//! What a test sees of a connection beside its bytes. Used by `realtime-testing`; nothing else needs it.
//!
//! A [`Probe`] travels as an extension of the HTTP request, which only code in this process can add. It carries the
//! cause of each frame past the socket: the client says what it is about to send, the server says what it has written.

use std::{
    any::Any,
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use realtime_asyncapi::spec::AppSpec;

use crate::{cause::Cause, connection::Clock};

/// One connection of a test.
#[derive(Clone, Debug)]
pub struct Probe(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    app: App,
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
    /// Frames that the client has sent, or is about to, and that the server has not yet taken.
    inbound: VecDeque<Cause>,
    /// Frames that the server has written and that the client has not yet read.
    outbound: VecDeque<Cause>,
    /// What `#[on_disconnect]` runs under.
    end: Cause,
    over: bool,
    /// Nothing more will be read.
    deaf: bool,
}

impl Probe {
    /// A connection of `app`; `identity` replaces what the authenticator would say.
    pub fn new(app: &App, identity: Option<Arc<dyn Any + Send + Sync>>) -> Self {
        Self(Arc::new(Inner {
            app: app.clone(),
            identity,
            answers_pings: AtomicBool::new(true),
            state: Mutex::default(),
        }))
    }

    /// What the handshake is caused by.
    pub fn handshake(&self, cause: Cause) {
        self.state().handshake = cause;
    }

    /// To be called before a data frame is sent.
    pub fn sending(&self, cause: Cause) {
        let mut state = self.state();
        if !state.over {
            state.inbound.push_back(cause);
        }
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

    /// To be called before the connection is closed by the client.
    pub fn closing(&self, cause: Cause) {
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

    /// Whether the server is done with the connection.
    pub fn is_over(&self) -> bool {
        self.state().over
    }

    pub(crate) fn reach(&self, reached: Reached) {
        self.state().reached = Some(reached);
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

    pub(crate) fn take_inbound(&self) -> Cause {
        self.state().inbound.pop_front().unwrap_or_default()
    }

    pub(crate) fn wrote(&self, count: usize, cause: &Cause) {
        let mut state = self.state();
        if !state.deaf {
            state
                .outbound
                .extend(std::iter::repeat_n(cause, count).cloned());
        }
    }

    /// Whether the client reads no more.
    pub(crate) fn is_deaf(&self) -> bool {
        self.state().deaf
    }

    pub(crate) fn take_end(&self) -> Cause {
        std::mem::take(&mut self.state().end)
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

/// One application under test: stops the clock of every `Realtime` that its connections reach.
#[derive(Clone, Debug, Default)]
pub struct App(Arc<Mutex<Vec<Clock>>>);

impl App {
    /// An application that nothing has connected to yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops a clock that is not yet known.
    pub(crate) fn attach(&self, clock: &Clock) {
        let mut clocks = self.clocks();
        if !clocks.iter().any(|known| known.is(clock)) {
            clock.stop();
            clocks.push(clock.clone());
        }
    }

    /// The time on the stopped clocks; `None` before the first connection.
    pub fn now(&self) -> Option<Duration> {
        self.clocks().first().map(Clock::now)
    }

    /// Moves every clock to its next deadline, at most to `end`. `true`: there may be more deadlines before `end`.
    pub fn step(&self, end: Duration, cause: &Cause) -> bool {
        let clocks = self.clocks().clone();
        clocks
            .iter()
            .fold(false, |more, clock| clock.step(end, cause) | more)
    }

    fn clocks(&self) -> MutexGuard<'_, Vec<Clock>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
