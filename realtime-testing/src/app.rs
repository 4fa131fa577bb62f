//! The application under test.

use std::{
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use realtime_asyncapi::Document;
use realtime_runtime::{
    Consumer, Realtime, cause,
    hook::{self, Panicked},
};
use tower_service::Service;

use crate::{
    capture::Capture,
    connect::Connecting,
    contract::{Contract, Documents},
    remote::Remote,
    transport::Transport,
    watchdog::{Patience, UnderWay, place},
};

/// An application under test. Its state is its own, so tests run in parallel.
///
/// Its clock stands still: only [`TestApp::advance`] moves it. A panic of its code fails the test at the next wait, unless
/// the test [expects](TestApp::expect_panics) it. What panics after the last wait fails it when the last clone of this is
/// dropped: let that happen in the test itself, not in a task that nobody awaits.
#[derive(Clone, Debug)]
pub struct TestApp {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) transport: Transport,
    pub(crate) watch: Arc<Watch>,
    pub(crate) patience: Patience,
    pub(crate) documents: Documents,
    /// Where it is known.
    pub(crate) realtime: Option<Realtime>,
}

/// What outlives a change of the transport.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    pub(crate) hook: hook::App,
    expects_panics: AtomicBool,
    has_panicked: AtomicBool,
    clients: AtomicUsize,
}

impl TestApp {
    /// Tests a `Realtime`, or a router which has the routes of one merged in. Connections are made in memory.
    ///
    /// Two `TestApp`s of one `Realtime` share its clock, its faults and what goes on in the background: build one for each
    /// test. Of a router it is not known which `Realtime` it has before the first connection: until then its clock runs, and
    /// nothing is captured.
    pub fn new(app: impl IntoRouter) -> Self {
        let watch: Arc<Watch> = Arc::default();
        let realtime = app.realtime().cloned();
        if let Some(realtime) = &realtime {
            watch.hook.attach_to(realtime);
        }
        Self::with(Transport::memory(app.into_router()), watch, realtime)
    }

    /// Tests a server elsewhere, at `ws://host:port`, whose consumers send completion frames.
    ///
    /// `send` waits for the `complete` of its frame, and until every client of this `TestApp` has read what the server
    /// wrote before. What needs the server's process fails and says so: time, captures, most faults, and `http`.
    ///
    /// # Panics
    /// When it is not such a URL.
    #[must_use]
    pub fn remote(url: &str) -> Self {
        let host = url
            .strip_prefix("ws://")
            .map(|host| host.trim_end_matches('/'));
        let host = host.filter(|host| !host.is_empty() && !host.contains('/'));
        let Some(host) = host else {
            panic!(
                "`{url}` is no URL of a server: give `ws://host:port`, and the path to `connect`"
            );
        };
        let remote = Remote::new(host.to_owned());
        Self::with(Transport::Remote(remote), Arc::default(), None)
    }

    fn with(transport: Transport, watch: Arc<Watch>, realtime: Option<Realtime>) -> Self {
        Self {
            inner: Arc::new(Inner {
                transport,
                watch,
                patience: Patience::default(),
                documents: Documents::default(),
                realtime,
            }),
        }
    }

    /// The same application, with connections over TCP on a free port of the loopback.
    ///
    /// # Panics
    /// When no port can be had, or outside of a tokio runtime.
    #[must_use]
    pub fn over_tcp(self) -> Self {
        let router = self.here("over_tcp").clone();
        Self {
            inner: Arc::new(Inner {
                transport: Transport::tcp(router),
                watch: Arc::clone(&self.inner.watch),
                patience: self.inner.patience,
                documents: self.inner.documents.clone(),
                realtime: self.inner.realtime.clone(),
            }),
        }
    }

    /// Compares no frame with the document, for a test of what the document does not declare.
    ///
    /// Otherwise a frame or a close code that the document does not declare fails the test that caused it.
    #[must_use]
    pub fn without_document(self) -> Self {
        self.inner.documents.unwatch();
        self
    }

    /// Sends every example of a document and holds against it what comes, see [`Contract`].
    ///
    /// ```
    /// # use realtime_runtime::prelude::*;
    /// # use realtime_testing::TestApp;
    /// # #[message(action = "ping")] pub struct Ping;
    /// # #[message(action = "pong")] pub struct Pong;
    /// # pub struct Echo;
    /// # #[consumer] impl Echo {
    /// #     #[on_connect] async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> { Ok(Self) }
    /// #     #[ws_handler] async fn ping(_: Ping) -> Pong { Pong }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Error> {
    /// let realtime = Realtime::builder().consumer::<Echo>("/ws/{room}").build()?;
    /// let replayed = TestApp::new(&realtime)
    ///     .contract(&realtime.asyncapi()?)
    ///     .parameter("room", "lobby")
    ///     .await;
    /// assert_eq!((replayed.sent, replayed.answers), (1, 1));
    /// # Ok(()) }
    /// ```
    pub fn contract(&self, document: &Document) -> Contract {
        Contract::new(self.clone(), document.clone())
    }

    /// The messages that the documents declare and that have crossed no connection so far, each as
    /// `channel: way: message`. The documents are those of what was connected to.
    pub fn unseen(&self) -> Vec<String> {
        self.inner.documents.unseen()
    }

    /// How long the test waits for what does not come, in real time. Default 10 s. Beyond it the test fails.
    ///
    /// # Panics
    /// When the application is in use already.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        let inner = Arc::get_mut(&mut self.inner).expect("`patience` is set before the first use");
        inner.patience = Patience(patience);
        self
    }

    /// The router, where the application is in this process.
    pub(crate) fn here(&self, what: &str) -> &Router {
        match self.inner.transport.router() {
            Some(router) => router,
            None => panic!(
                "`{what}` needs the application in this process: it is not for a remote server"
            ),
        }
    }

    pub(crate) fn hook(&self) -> &hook::App {
        &self.inner.watch.hook
    }

    /// The number of the client that connects next.
    pub(crate) fn next_client(&self) -> usize {
        self.inner.watch.clients.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Connects to a path, with its query if it has one. Await it, after settings if there are some.
    #[track_caller]
    pub fn connect(&self, path: &str) -> Connecting {
        Connecting::new(self.clone(), path, Location::caller())
    }

    /// Sends an HTTP request and waits until everything that it caused is done, pushes to connections included.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, when a handler panics, and for a remote server.
    #[track_caller]
    pub fn http(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Response<bytes::Bytes>> + Send + use<> {
        let at = Location::caller();
        let mut router = self.here("http").clone();
        let app = self.clone();
        async move {
            let what = format!("`{} {}`", request.method(), request.uri());
            let (cause, completion) = app.hook().begin(at);
            let handling = cause.named(format!("the handling of {what}"), at);
            let under_way = UnderWay::new(cause, completion);
            let answer = cause::within(handling, async move {
                let Ok(response) = router.call(request).await;
                let (parts, body) = response.into_parts();
                let body = body
                    .collect()
                    .await
                    .map(http_body_util::Collected::to_bytes);
                Response::from_parts(parts, body.unwrap_or_default())
            });
            let waiting = format!("the answer to {what}, sent at {},", place(at));
            let patience = app.inner.patience;
            let pending = || under_way.pending();
            let response = patience.watch(&waiting, pending, answer).await;
            app.inner.complete(&what, at, under_way, String::new).await;
            response
        }
    }

    /// Lets time pass: deadlines come one after the other, and what each causes is done before the next.
    ///
    /// # Panics
    /// Of a bare router before the first connection, as no clock is known then; when something takes longer than ten
    /// real seconds, when a handler panics, and for a remote server.
    #[track_caller]
    pub fn advance(&self, duration: Duration) -> impl Future<Output = ()> + Send + use<> {
        let at = Location::caller();
        self.here("advance");
        let app = self.clone();
        async move {
            let now = app.hook().now().expect(
                "the clock of a bare router is known from the first connection on: connect first",
            );
            let end = now + duration;
            loop {
                let (cause, completion) = app.hook().begin(at);
                let more = app.hook().step(end, &cause);
                let under_way = UnderWay::new(cause, completion);
                app.inner
                    .complete("time passing", at, under_way, String::new)
                    .await;
                if !more {
                    return;
                }
            }
        }
    }

    /// Waits until nothing is under way that nobody else waits for.
    ///
    /// That is: what was published outside of any cause (from a task that the test has spawned, for example) has been
    /// handled by every member and read by its client; connections that somebody closes, or whose client was dropped,
    /// are over, `#[on_disconnect]` included; and what [`Communicator::begin`](crate::Communicator::begin) has begun is
    /// done. A task that has not published yet is not known: await it, or have it [carry](cause::carry) the cause.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, when a handler panics, and for a remote server.
    #[track_caller]
    pub fn settled(&self) -> impl Future<Output = ()> + Send + use<> {
        let at = Location::caller();
        self.here("settled");
        let app = self.clone();
        async move {
            while let Some((cause, completion)) = app.hook().settling() {
                let under_way = UnderWay::new(cause, completion);
                app.inner
                    .complete("the background", at, under_way, String::new)
                    .await;
            }
            app.inner.raise(String::new);
        }
    }

    /// Records what is published from now on: to groups and to single connections, with `send` and with `try_publish`.
    /// It counts from the call on, whether what `send` returns is awaited or not.
    ///
    /// # Panics
    /// For a remote server.
    pub fn capture(&self) -> Capture {
        self.here("capture");
        Capture::new(self.hook().capture())
    }

    /// From now on every send to a group or a connection, and every `try_publish`, fails with
    /// [`PublishError::Unavailable`](realtime_runtime::PublishError::Unavailable), until [`TestApp::heal_layer`].
    ///
    /// # Panics
    /// For a remote server.
    pub fn fail_layer(&self) {
        self.here("fail_layer");
        self.hook().fail_layer(true);
    }

    /// Ends [`TestApp::fail_layer`].
    pub fn heal_layer(&self) {
        self.hook().fail_layer(false);
    }

    /// Tells the application, and every connection whose consumer handles events, that something of other nodes may be
    /// missing, as a broker does when the bus is back; waits until everything that this caused is done.
    ///
    /// The application need have no broker.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, when a handler panics, and for a remote server.
    #[track_caller]
    pub fn gap(&self) -> impl Future<Output = ()> + Send + use<> {
        let at = Location::caller();
        self.here("gap");
        let app = self.clone();
        async move {
            let (cause, completion) = app.hook().begin(at);
            let telling = cause.named("the telling of a gap".to_owned(), at);
            let under_way = UnderWay::new(cause, completion);
            cause::within(telling, async { app.hook().gap() }).await;
            app.inner
                .complete("a gap", at, under_way, String::new)
                .await;
        }
    }

    /// Has the next call of a handler panic, whichever connection it is for: the name of a method, or the tag of its
    /// message or event. The test is not failed by that panic, but by its failing to come.
    ///
    /// # Panics
    /// When `C` has no such handler, and for a remote server.
    #[track_caller]
    pub fn panic_in<C: Consumer>(&self, handler: &str) {
        self.here("panic_in");
        assert!(
            self.hook().panic_in::<C>(handler),
            "`{}` has no handler `{handler}`",
            C::NAME
        );
    }

    /// Panics of the application's code do not fail the test from now on; [`TestApp::panics`] has them.
    ///
    /// If none has come when the application is dropped, the test fails.
    pub fn expect_panics(&self) {
        self.inner.watch.expect_panics();
    }

    /// Takes the panics of the application's code so far: what panicked, where, and what it said.
    pub fn panics(&self) -> Vec<Panicked> {
        let panics = self.hook().take_panics();
        if !panics.is_empty() {
            self.inner.watch.has_panicked.store(true, Ordering::Relaxed);
        }
        panics
    }
}

impl Inner {
    /// Waits until everything that `cause` caused is done; then looks for panics.
    pub(crate) async fn complete(
        &self,
        what: &str,
        at: &Location<'_>,
        under_way: UnderWay,
        context: impl FnOnce() -> String,
    ) {
        let what = format!("{what}, at {},", place(at));
        let done = self.patience.completion(&what, under_way).await;
        match done {
            Ok(()) => self.raise(context),
            // A panic may be why.
            Err(pending) => {
                let panics = self.watch.unexpected();
                panic!("{pending}{panics}{}", context());
            }
        }
    }

    /// Fails the test if the application's code has panicked unexpectedly.
    pub(crate) fn raise(&self, context: impl FnOnce() -> String) {
        let panics = self.watch.unexpected();
        assert!(panics.is_empty(), "{}{}", panics.trim_start(), context());
    }
}

impl Watch {
    pub(crate) fn expect_panics(&self) {
        self.expects_panics.store(true, Ordering::Relaxed);
    }

    /// Takes the panics that the test does not expect; a line for each.
    fn unexpected(&self) -> String {
        if self.expects_panics.load(Ordering::Relaxed) {
            return String::new();
        }
        let panics = self.hook.take_panics().into_iter();
        let (asked_for, unexpected) = panics.partition(Panicked::was_asked_for);
        self.hook.put_back(asked_for);
        let unexpected: Vec<Panicked> = unexpected;
        unexpected
            .iter()
            .map(|panic| format!("\n{panic}"))
            .collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let panics = self.unexpected();
        assert!(
            panics.is_empty(),
            "after the last wait of the test:{panics}"
        );
        let left = self.hook.faults_left();
        assert!(
            left == 0,
            "{left} handlers were to panic, by `panic_in`, and were not called"
        );
        if self.expects_panics.load(Ordering::Relaxed) {
            let has_panicked = self.has_panicked.load(Ordering::Relaxed);
            assert!(
                has_panicked || !self.hook.take_panics().is_empty(),
                "the test expects panics, but nothing has panicked"
            );
        }
    }
}

/// What can be tested: a router, or a `Realtime` by itself.
pub trait IntoRouter {
    /// The router.
    fn into_router(self) -> Router;

    /// What it was made of, where that is known.
    fn realtime(&self) -> Option<&Realtime> {
        None
    }
}

impl IntoRouter for Router {
    fn into_router(self) -> Router {
        self
    }
}

impl IntoRouter for &Realtime {
    fn into_router(self) -> Router {
        self.router()
    }

    fn realtime(&self) -> Option<&Realtime> {
        Some(self)
    }
}

impl IntoRouter for Realtime {
    fn into_router(self) -> Router {
        self.router()
    }

    fn realtime(&self) -> Option<&Realtime> {
        Some(self)
    }
}
