//! The application under test.

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use realtime_asyncapi::Document;
use realtime_runtime::{
    Realtime,
    cause::{self, Cause},
    hook,
};
use tower_service::Service;

use crate::{
    connect::Connecting,
    contract::{Contract, Documents},
    transport::Transport,
    watchdog,
};

/// An application under test. Its state is its own, so tests run in parallel.
///
/// Its clock stands still from the first connection on: only [`TestApp::advance`] moves it.
#[derive(Clone, Debug)]
pub struct TestApp {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) router: Router,
    pub(crate) hook: hook::App,
    pub(crate) transport: Transport,
    pub(crate) documents: Documents,
}

impl TestApp {
    /// Tests a router, which has the routes of a [`Realtime`] merged in. Connections are made in memory.
    pub fn new(app: impl IntoRouter) -> Self {
        Self::with(app.into_router(), Transport::Memory, Documents::default())
    }

    fn with(router: Router, transport: Transport, documents: Documents) -> Self {
        Self {
            inner: Arc::new(Inner {
                router,
                hook: hook::App::new(),
                transport,
                documents,
            }),
        }
    }

    /// The same application, with connections over TCP on a free port of the loopback.
    ///
    /// # Panics
    /// When no port can be had, or outside of a tokio runtime.
    #[must_use]
    pub fn over_tcp(self) -> Self {
        let Inner {
            router, documents, ..
        } = &*self.inner;
        let transport = Transport::tcp(router.clone());
        Self::with(router.clone(), transport, documents.clone())
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

    /// Connects to a path, with its query if it has one. Await it, after settings if there are some.
    pub fn connect(&self, path: &str) -> Connecting {
        Connecting::new(self.clone(), path)
    }

    /// Sends an HTTP request and waits until everything that it caused is done, pushes to connections included.
    ///
    /// # Panics
    /// When that takes longer than ten seconds.
    pub async fn http(&self, request: Request<Body>) -> Response<bytes::Bytes> {
        let (cause, completion) = Cause::begin();
        let mut router = self.inner.router.clone();
        let answer = cause::within(cause.clone(), async move {
            let Ok(response) = router.call(request).await;
            let (parts, body) = response.into_parts();
            let body = body
                .collect()
                .await
                .map(http_body_util::Collected::to_bytes);
            Response::from_parts(parts, body.unwrap_or_default())
        });
        let response = watchdog::watch("the answer to an HTTP request", answer).await;
        watchdog::completion("an HTTP request", cause, completion, String::new).await;
        response
    }

    /// Lets time pass: deadlines come one after the other, and what each causes is done before the next.
    ///
    /// # Panics
    /// Before the first connection, as no clock is known then; and when something takes longer than ten real seconds.
    pub async fn advance(&self, duration: Duration) {
        let now = self
            .inner
            .hook
            .now()
            .expect("the clock is known from the first connection on: connect first");
        let end = now + duration;
        loop {
            let (cause, completion) = Cause::begin();
            let more = self.inner.hook.step(end, &cause);
            watchdog::completion("time passing", cause, completion, String::new).await;
            if !more {
                return;
            }
        }
    }
}

/// What can be tested: a router, or a `Realtime` by itself.
pub trait IntoRouter {
    /// The router.
    fn into_router(self) -> Router;
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
}

impl IntoRouter for Realtime {
    fn into_router(self) -> Router {
        self.router()
    }
}
