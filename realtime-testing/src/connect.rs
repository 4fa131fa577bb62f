//! Connecting, as a client would.

use std::{
    any::Any,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use realtime_runtime::{cause::Cause, hook::Probe};
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest as _};

use crate::{
    app::TestApp,
    communicator::Communicator,
    conversation::{Conversation, End},
    watchdog,
};

/// An attempt to connect; await it.
#[must_use = "nothing connects until it is awaited"]
pub struct Connecting {
    app: TestApp,
    path: String,
    headers: HeaderMap,
    identity: Option<Arc<dyn Any + Send + Sync>>,
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotConnected {
    /// The handshake was answered with an HTTP status.
    Refused {
        /// The status.
        status: StatusCode,
        /// The body.
        body: Bytes,
    },
    /// The handshake succeeded and the socket was closed before any message.
    Closed {
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
    },
}

impl NotConnected {
    /// The HTTP status, if it was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(status.as_u16()),
            Self::Closed { .. } => None,
        }
    }

    /// The close code, if it was one.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { .. } => None,
            Self::Closed { code, .. } => Some(*code),
        }
    }
}

impl Connecting {
    pub(crate) fn new(app: TestApp, path: &str) -> Self {
        let mut headers = HeaderMap::new();
        let origin = format!("http://{}", app.inner.transport.host());
        headers.insert(header::ORIGIN, value(&origin));
        Self {
            app,
            path: path.to_owned(),
            headers,
            identity: None,
        }
    }

    /// What the authenticator would say; it does not run then.
    ///
    /// The connection is refused with 1011 if the type is not the consumer's identity.
    pub fn identity<I: Clone + Send + Sync + 'static>(mut self, identity: I) -> Self {
        self.identity = Some(Arc::new(identity));
        self
    }

    /// Adds a header, or replaces one.
    ///
    /// # Panics
    /// When name or value cannot be those of a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("the name of a header");
        self.headers.insert(name, self::value(value));
        self
    }

    /// Another origin than the application's own.
    ///
    /// # Panics
    /// When it cannot be the value of a header.
    pub fn origin(self, origin: &str) -> Self {
        self.header("origin", origin)
    }

    /// No origin, as programs connect.
    pub fn no_origin(mut self) -> Self {
        self.headers.remove(header::ORIGIN);
        self
    }

    async fn connect(self) -> Result<Communicator, NotConnected> {
        let Self {
            app,
            path,
            headers,
            identity,
        } = self;
        let inner = &app.inner;
        let probe = Probe::new(&inner.hook, identity);
        let (cause, completion) = Cause::begin();
        probe.handshake(cause.clone());
        let stream = inner.transport.open(&inner.router, probe.clone()).await;
        let url = format!("ws://{}{path}", inner.transport.host());
        let mut request = url
            .into_client_request()
            .expect("a path that can be connected to");
        request.headers_mut().extend(headers);
        let shaken = tokio_tungstenite::client_async(request, stream);
        let (socket, response) = match watchdog::watch("the answer to the handshake", shaken).await
        {
            Ok(connected) => connected,
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                let body = body.unwrap_or_default().into();
                // A route that is no consumer's has left it where it was.
                probe.handshake(Cause::NONE);
                watchdog::completion("a refused handshake", cause, completion, String::new).await;
                return Err(NotConnected::Refused {
                    status: parts.status,
                    body,
                });
            }
            Err(error) => panic!("the handshake at {path} failed: {error}"),
        };
        let watch = inner.documents.watch(probe.reached());
        let conversation = Conversation::new(watch);
        let communicator = Communicator::new(
            socket,
            response.into_parts().0.headers,
            probe,
            conversation.clone(),
        );
        let shown = conversation.clone();
        watchdog::completion("connecting", cause, completion, move || shown.show()).await;
        match conversation.end() {
            Some(End::Closed { code, reason }) if conversation.state().unread.is_empty() => {
                Err(NotConnected::Closed {
                    code: code.unwrap_or(1005),
                    reason,
                })
            }
            _ => Ok(communicator),
        }
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("the value of a header")
}

impl IntoFuture for Connecting {
    type Output = Result<Communicator, NotConnected>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// # Panics
    /// When the handshake is not answered within ten seconds, or not as HTTP asks for.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}

impl std::fmt::Debug for Connecting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connecting")
            .field("path", &self.path)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
