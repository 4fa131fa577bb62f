//! A client in a test.

mod ends;
mod reader;
mod receives;
mod request;

use std::{fmt, future::Future, panic::Location, sync::Arc};

use futures_util::{SinkExt as _, StreamExt as _, stream::SplitSink};
use http::{HeaderMap, header};
use realtime_runtime::{Message, Ref, hook::Probe, wire};
use tokio::sync::Mutex;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self,
        protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};

use crate::{
    app::Inner,
    conversation::{Conversation, Said, shorten},
    remote,
    transport::{Stream, Transport},
    watchdog::{UnderWay, place},
};
use reader::Reader;
pub use request::ErrorReply;

pub(crate) type Socket = WebSocketStream<Box<dyn Stream>>;
/// The sending half, which pings of a [`remote`] server share.
///
/// `None`: it was dropped, to cut the connection.
pub(crate) type Sink = Arc<Mutex<Option<SplitSink<Socket, tungstenite::Message>>>>;

/// Sends, unless the connection was cut.
pub(crate) async fn transmit(
    sink: &Sink,
    message: tungstenite::Message,
) -> Result<(), tungstenite::Error> {
    match &mut *sink.lock().await {
        Some(sink) => sink.send(message).await,
        None => Err(tungstenite::Error::ConnectionClosed),
    }
}

/// A connected client. What it receives is kept until the test looks at it.
///
/// Dropping it closes the connection with 1000, as a client that leaves; [`TestApp::settled`](crate::TestApp::settled)
/// waits for what follows.
pub struct Communicator {
    app: Arc<Inner>,
    peer: Peer,
    sink: Sink,
    reader: Reader,
    headers: HeaderMap,
    conversation: Conversation,
    /// Where the test has connected it.
    at: &'static Location<'static>,
    /// Completes when a slow reader has read all that came meanwhile.
    lag: Option<UnderWay>,
    requests: u64,
}

/// What is known of the server's side.
#[derive(Clone, Debug)]
enum Peer {
    /// It is in this process.
    Here(Probe),
    /// It is elsewhere.
    Remote(Arc<remote::Client>),
}

impl Peer {
    fn is_over(&self) -> bool {
        match self {
            Self::Here(probe) => probe.is_over(),
            Self::Remote(_) => false,
        }
    }
}

impl Communicator {
    pub(crate) fn new(
        app: Arc<Inner>,
        socket: Socket,
        headers: HeaderMap,
        probe: Probe,
        conversation: Conversation,
        at: &'static Location<'static>,
    ) -> Self {
        let (sink, stream) = socket.split();
        let sink = Arc::new(Mutex::new(Some(sink)));
        let peer = match &app.transport {
            Transport::Remote(remote) => Peer::Remote(remote.client(Arc::clone(&sink))),
            _ => Peer::Here(probe),
        };
        let reader = Reader::start(stream, peer.clone(), conversation.clone());
        Self {
            app,
            peer,
            sink,
            reader,
            headers,
            conversation,
            at,
            lag: None,
            requests: 0,
        }
    }

    /// The headers of the answer to the handshake.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// As [`TestApp::expect_panics`](crate::TestApp::expect_panics), for all of the application.
    pub fn expect_panics(&self) {
        self.app.watch.expect_panics();
    }

    /// The subprotocol that the server has selected.
    pub fn subprotocol(&self) -> Option<&str> {
        let selected = self.headers.get(header::SEC_WEBSOCKET_PROTOCOL)?;
        selected.to_str().ok()
    }

    /// All that was said on this connection so far, in order, whether the test has looked at it or not.
    pub fn received(&self) -> Vec<Said> {
        self.conversation.said()
    }

    /// Sends a message and waits until everything that it caused is done, on every connection of the application.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, when a handler panics, or when the connection is closed already.
    #[track_caller]
    pub fn send<M: Message>(&mut self, message: M) -> impl Future<Output = ()> + Send + use<'_, M> {
        let at = Location::caller();
        async move { self.send_message(&message, None, at).await }
    }

    /// Sends a message with a `ref`, a number or a string, and waits as [`Communicator::send`] does.
    ///
    /// # Panics
    /// As [`Communicator::send`], and for a string of more than 64 bytes.
    #[track_caller]
    pub fn send_with_ref<M: Message, R>(
        &mut self,
        message: M,
        reference: R,
    ) -> impl Future<Output = ()> + Send + use<'_, M, R>
    where
        R: TryInto<Ref, Error: fmt::Debug>,
    {
        let at = Location::caller();
        let reference = reference.try_into().expect("a ref");
        async move { self.send_message(&message, Some(&reference), at).await }
    }

    async fn send_message<M: Message>(
        &mut self,
        message: &M,
        reference: Option<&Ref>,
        at: &'static Location<'static>,
    ) {
        let text = to_text(message, reference);
        self.exchange_text(text, at).await;
    }

    /// Sends a text frame as it is, and waits as [`Communicator::send`] does.
    ///
    /// # Panics
    /// As [`Communicator::send`].
    #[track_caller]
    pub fn send_raw(&mut self, text: impl Into<String>) -> impl Future<Output = ()> + Send {
        let at = Location::caller();
        let text = text.into();
        self.exchange_text(text, at)
    }

    /// Sends a binary frame, and waits as [`Communicator::send`] does.
    ///
    /// # Panics
    /// As [`Communicator::send`].
    #[track_caller]
    pub fn send_binary(&mut self, bytes: impl Into<Vec<u8>>) -> impl Future<Output = ()> + Send {
        let at = Location::caller();
        let bytes = bytes.into();
        async move {
            let shown = format!("{} bytes of binary", bytes.len());
            let message = tungstenite::Message::binary(bytes);
            self.put(message, &shown, at).await.done().await;
        }
    }

    /// Sends a text frame of these bytes, which need not be UTF-8, and waits as [`Communicator::send`] does.
    ///
    /// # Panics
    /// As [`Communicator::send`].
    #[track_caller]
    pub fn send_text_bytes(
        &mut self,
        bytes: impl Into<Vec<u8>>,
    ) -> impl Future<Output = ()> + Send {
        let at = Location::caller();
        let bytes = bytes.into();
        async move {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            let frame = Frame::message(bytes, OpCode::Data(Data::Text), true);
            self.put(tungstenite::Message::Frame(frame), &shown, at)
                .await
                .done()
                .await;
        }
    }

    /// Sends a message and does not wait for what it causes, for a request that is answered over time. Await
    /// [`Begun::done`] to wait after all, or take what comes with [`Communicator::next`].
    ///
    /// # Panics
    /// When the connection is closed already.
    #[track_caller]
    pub fn begin<M: Message>(
        &mut self,
        message: M,
    ) -> impl Future<Output = Begun> + Send + use<'_, M> {
        let at = Location::caller();
        async move {
            let text = to_text(&message, None);
            self.put_text(text, at).await
        }
    }

    /// Sends a text frame as it is, and does not wait, as [`Communicator::begin`].
    ///
    /// # Panics
    /// When the connection is closed already.
    #[track_caller]
    pub fn begin_raw(&mut self, text: impl Into<String>) -> impl Future<Output = Begun> + Send {
        let at = Location::caller();
        let text = text.into();
        async move { self.put_text(text, at).await }
    }

    fn assert_open(&self, at: &Location<'_>) {
        if self.conversation.end().is_some() || self.peer.is_over() {
            panic!(
                "could not send: the connection is closed already, at {}{}",
                place(at),
                self.conversation.show()
            );
        }
    }

    async fn exchange_text(&mut self, text: String, at: &'static Location<'static>) {
        self.put_text(text, at).await.done().await;
    }

    async fn put_text(&mut self, text: String, at: &'static Location<'static>) -> Begun {
        let shown = text.clone();
        let message = tungstenite::Message::text(text);
        let begun = self.put(message, &shown, at).await;
        self.conversation.watch().sent(&shown);
        begun
    }

    async fn put(
        &mut self,
        message: tungstenite::Message,
        shown: &str,
        at: &'static Location<'static>,
    ) -> Begun {
        self.assert_open(at);
        self.conversation.sent(shown, at);
        let waits = match &self.peer {
            Peer::Here(probe) => {
                let (cause, completion) = self.app.watch.hook.begin(at);
                probe.sending(&cause);
                Waits::Here(UnderWay::new(cause, completion))
            }
            Peer::Remote(client) => Waits::Remote(Arc::clone(client), client.sends()),
        };
        // A server that closes while this is sent may be quicker than the last byte; the test sees the close.
        if let Err(error) = transmit(&self.sink, message).await
            && self.conversation.end().is_none()
            && !self.peer.is_over()
        {
            panic!("could not send: {error}{}", self.conversation.show());
        }
        Begun {
            app: Arc::clone(&self.app),
            waits,
            at,
            shown: shorten(shown),
            conversation: self.conversation.clone(),
        }
    }
}

fn to_text<M: Message>(message: &M, reference: Option<&Ref>) -> String {
    wire::to_text(message, reference).expect("a message that can be written as JSON")
}

/// A frame that was sent, and what it causes.
#[must_use = "await `done`, or drop it if nobody waits"]
pub struct Begun {
    app: Arc<Inner>,
    waits: Waits,
    at: &'static Location<'static>,
    shown: String,
    conversation: Conversation,
}

/// What tells that all is done.
enum Waits {
    Here(UnderWay),
    Remote(Arc<remote::Client>, u64),
}

impl Begun {
    /// Waits until everything that the frame caused is done, on every connection of the application.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, or when a handler panics.
    pub async fn done(self) {
        let Self {
            app,
            waits,
            at,
            shown,
            conversation,
        } = self;
        let show = || conversation.show();
        match waits {
            Waits::Here(under_way) => {
                let what = format!("the frame `{shown}` of {}", conversation.client());
                app.complete(&what, at, under_way, show).await;
            }
            Waits::Remote(client, number) => {
                let what = format!(
                    "the `complete` of the frame sent at {} (do the server's consumers have `completions`?)",
                    place(at)
                );
                let done = async {
                    client.completed(number).await;
                    if let Transport::Remote(remote) = &app.transport {
                        remote.all_have_read().await;
                    }
                };
                app.patience.watch(&what, show, done).await;
            }
        }
        conversation.watch().assert_held();
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

impl fmt::Debug for Communicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Communicator")
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}
