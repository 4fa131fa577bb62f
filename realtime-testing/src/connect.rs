//! Connecting, as a client would.

use std::{
    any::Any,
    fmt::Write as _,
    future::{Future, IntoFuture},
    panic::Location,
    pin::Pin,
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use realtime_runtime::{cause::Cause, hook::Probe};
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest as _};

use crate::{
    app::TestApp,
    communicator::Communicator,
    conversation::{Conversation, End},
    transport::Transport,
    watchdog::{UnderWay, place},
};

/// An attempt to connect; await it.
#[must_use = "nothing connects until it is awaited"]
pub struct Connecting {
    app: TestApp,
    path: String,
    headers: HeaderMap,
    cookies: Vec<String>,
    identity: Option<Arc<dyn Any + Send + Sync>>,
    name: Option<String>,
    at: &'static Location<'static>,
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
    pub(crate) fn new(app: TestApp, path: &str, at: &'static Location<'static>) -> Self {
        let mut headers = HeaderMap::new();
        let origin = format!("http://{}", app.inner.transport.host());
        headers.insert(header::ORIGIN, value(&origin));
        Self {
            app,
            path: path.to_owned(),
            headers,
            cookies: Vec::new(),
            identity: None,
            name: None,
            at,
        }
    }

    /// What failures call this client. Default `client 1`, `client 2`, as they connect.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// What the authenticator would say; it does not run then.
    ///
    /// The connection is refused with 1011 if the type is not the consumer's identity.
    ///
    /// # Panics
    /// For a remote server.
    pub fn identity<I: Clone + Send + Sync + 'static>(mut self, identity: I) -> Self {
        self.app.here("identity");
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

    /// Adds a cookie.
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        self.cookies.push(format!("{name}={value}"));
        self
    }

    /// Adds a parameter to the query, percent-encoded.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        self.path.push(separator);
        let _ = write!(self.path, "{}={}", encoded(name), encoded(value));
        self
    }

    /// Offers subprotocols, the one that is liked best first. The server must select one of them.
    ///
    /// # Panics
    /// When they cannot be in a header.
    pub fn subprotocols<'p>(self, protocols: impl IntoIterator<Item = &'p str>) -> Self {
        let protocols: Vec<_> = protocols.into_iter().collect();
        self.header("sec-websocket-protocol", &protocols.join(", "))
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
            mut headers,
            cookies,
            identity,
            name,
            at,
        } = self;
        if !cookies.is_empty() {
            let former = headers.get(header::COOKIE).and_then(|it| it.to_str().ok());
            let all: Vec<&str> = former
                .into_iter()
                .chain(cookies.iter().map(String::as_str))
                .collect();
            let all = value(&all.join("; "));
            headers.insert(header::COOKIE, all);
        }
        let number = app.next_client();
        let name = name.unwrap_or_else(|| format!("client {number}"));
        let inner = &app.inner;
        let probe = Probe::named(app.hook(), name, identity);
        let (cause, completion) = app.hook().begin(at);
        probe.handshake(cause.clone());
        let under_way = UnderWay::new(cause, completion);
        let stream = inner.transport.open(&probe).await;
        let url = format!("ws://{}{path}", inner.transport.host());
        let mut request = url
            .into_client_request()
            .expect("a path that can be connected to");
        request.headers_mut().extend(headers);
        let shaken = tokio_tungstenite::client_async(request, stream);
        let what = format!("the answer to the handshake at {}", place(at));
        let pending = || under_way.pending();
        let shaken = inner.patience.watch(&what, pending, shaken).await;
        let (socket, response) = match shaken {
            Ok(connected) => connected,
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                let body = body.unwrap_or_default().into();
                // A route that is no consumer's has left it where it was.
                probe.handshake(Cause::NONE);
                let what = "a refused handshake";
                inner.complete(what, at, under_way, String::new).await;
                return Err(NotConnected::Refused {
                    status: parts.status,
                    body,
                });
            }
            Err(error) => panic!("the handshake at {path} failed: {error}"),
        };
        let watch = inner.documents.watch(probe.reached());
        let conversation = Conversation::new(probe.name().to_owned(), watch);
        let communicator = Communicator::new(
            Arc::clone(inner),
            socket,
            response.into_parts().0.headers,
            probe,
            conversation.clone(),
            at,
        );
        let show = || conversation.show();
        if let Transport::Remote(remote) = &inner.transport {
            let what = "what the server sends first";
            let read = remote.all_have_read();
            inner.patience.watch(what, show, read).await;
        } else {
            inner.complete("connecting", at, under_way, show).await;
        }
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

/// All but the unreserved characters (RFC 3986 § 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A part of a path or of a query.
pub(crate) fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
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
