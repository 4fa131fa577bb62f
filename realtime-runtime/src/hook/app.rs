//! One application under test: its clocks, its panics, its faults, and what happens in it beside the causes of the test.

use std::{
    cell::Cell,
    fmt, mem,
    panic::{self, Location},
    sync::{
        Arc, Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::{
    capture::Capture,
    names::{ASKED_FOR, Handler},
};
use crate::{
    cause::{Cause, Completion},
    connection::Clock,
    consumer::Consumer,
    layer::{Gap, WeakLayer},
    server::{Engine, Realtime},
};

/// One application under test: stops the clock of every `Realtime` that its connections reach.
#[derive(Clone, Debug)]
pub struct App(pub(super) Arc<Shared>);

#[derive(Debug, Default)]
pub(crate) struct Shared {
    clocks: Mutex<Vec<Clock>>,
    layers: Mutex<Vec<WeakLayer>>,
    /// What nothing else is the cause of.
    background: Mutex<Option<(Cause, Completion)>>,
    panics: Mutex<Vec<Panicked>>,
    /// Handlers whose next call panics.
    faults: Mutex<Vec<Handler>>,
    pub(super) layer_fails: AtomicBool,
    pub(super) captures: Mutex<Vec<Capture>>,
}

/// A panic of the application's code that the runtime has caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    /// What panicked, for example ``the handler `chat` of `room` ``.
    pub what: String,
    /// File and line.
    pub at: Option<(String, u32)>,
    /// What it said.
    pub message: String,
}

impl Panicked {
    /// Whether a test has asked for it, with [`App::panic_in`].
    pub fn was_asked_for(&self) -> bool {
        self.message == ASKED_FOR
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, at, message } = self;
        write!(f, "{what} panicked")?;
        if let Some((file, line)) = at {
            write!(f, " at {file}:{line}")?;
        }
        write!(f, ": {message}")
    }
}

thread_local! {
    /// Where this thread has panicked last.
    static PANICKED_AT: Cell<Option<(String, u32)>> = const { Cell::new(None) };
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// An application that nothing has connected to yet.
    pub fn new() -> Self {
        static ONCE: Once = Once::new();
        // What was caught no longer says where it came from.
        ONCE.call_once(|| {
            let former = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                let at = info.location();
                PANICKED_AT.set(at.map(|at| (at.file().to_owned(), at.line())));
                former(info);
            }));
        });
        Self(Arc::default())
    }

    /// Stops the clock of a `Realtime` and watches its channel layer, before the first connection.
    pub fn attach_to(&self, realtime: &Realtime) {
        self.attach(realtime.engine());
    }

    pub(crate) fn attach(&self, engine: &Engine) {
        let clock = &engine.clock;
        let mut clocks = lock(&self.0.clocks);
        if !clocks.iter().any(|known| known.is(clock)) {
            clock.stop();
            clocks.push(clock.clone());
            lock(&self.0.layers).push(engine.layer.downgrade());
        }
        drop(clocks);
        engine.layer.seam().attach(&self.0);
    }

    /// The time on the stopped clocks; `None` before the first connection.
    pub fn now(&self) -> Option<Duration> {
        lock(&self.0.clocks).first().map(Clock::now)
    }

    /// Moves every clock to its next deadline, at most to `end`. `true`: there may be more deadlines before `end`.
    pub fn step(&self, end: Duration, cause: &Cause) -> bool {
        let clocks = lock(&self.0.clocks).clone();
        clocks
            .iter()
            .fold(false, |more, clock| clock.step(end, cause) | more)
    }

    /// A cause of the test's, which [`App::settling`] waits for, too.
    pub fn begin(&self, at: &'static Location<'static>) -> (Cause, Completion) {
        self.0.background().begin_part(at)
    }

    /// All that goes on beside causes that somebody waits for, so far. `None`: there is nothing.
    pub fn settling(&self) -> Option<(Cause, Completion)> {
        lock(&self.0.background).take()
    }

    /// Takes the panics of the application's code so far.
    pub fn take_panics(&self) -> Vec<Panicked> {
        mem::take(&mut *lock(&self.0.panics))
    }

    /// Puts panics back that were taken too early.
    pub fn put_back(&self, panics: Vec<Panicked>) {
        lock(&self.0.panics).splice(..0, panics);
    }

    pub(crate) fn panicked(&self, what: String, message: &str) {
        self.0.panicked(what, message);
    }

    /// From now on publishing fails, or does so no longer.
    pub fn fail_layer(&self, fails: bool) {
        self.0.layer_fails.store(fails, Ordering::Relaxed);
    }

    /// Tells the application and its connections that what other nodes have published may be missing until now.
    pub fn gap(&self) {
        let layers = lock(&self.0.layers).clone();
        let gap = Gap::new(SystemTime::now(), true, None);
        for layer in layers.iter().filter_map(WeakLayer::upgrade) {
            layer.missed(&gap);
        }
    }

    /// Has the next call of a handler panic: a handler's name, or the tag of what it handles. `false`: there is none.
    #[must_use]
    pub fn panic_in<C: Consumer>(&self, handler: &str) -> bool {
        let handler = Handler::named::<C>(handler);
        let is_there = handler.is_some();
        lock(&self.0.faults).extend(handler);
        is_there
    }

    /// How many handlers are still to panic, as [`App::panic_in`] has asked.
    pub fn faults_left(&self) -> usize {
        lock(&self.0.faults).len()
    }

    pub(crate) fn takes_fault(&self, handler: &Handler) -> bool {
        self.0.takes_fault(handler)
    }

    pub(crate) fn background(&self) -> Cause {
        self.0.background()
    }

    /// Records what is published from now on.
    pub fn capture(&self) -> Capture {
        let capture = Capture::default();
        lock(&self.0.captures).push(capture.clone());
        capture
    }
}

impl Shared {
    pub(crate) fn background(&self) -> Cause {
        let mut background = lock(&self.background);
        background.get_or_insert_with(Cause::begin).0.clone()
    }

    pub(crate) fn panicked(&self, what: String, message: &str) {
        let panicked = Panicked {
            what,
            at: PANICKED_AT.take(),
            message: message.to_owned(),
        };
        lock(&self.panics).push(panicked);
    }

    pub(crate) fn takes_fault(&self, handler: &Handler) -> bool {
        let mut faults = lock(&self.faults);
        let fault = faults.iter().position(|fault| fault == handler);
        fault.map(|index| faults.remove(index)).is_some()
    }
}
