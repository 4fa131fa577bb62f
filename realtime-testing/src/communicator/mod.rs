//! A client in a test.

use std::fmt;

use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use http::HeaderMap;
use realtime_runtime::{
    CloseCode, Message, Ref,
    cause::{Cause, Completion},
    hook::Probe,
    wire,
};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self,
        protocol::{CloseFrame, frame::coding::CloseCode as WireCode},
    },
};

use crate::{
    conversation::{Conversation, End, shorten},
    transport::Stream,
    watchdog,
};

type Socket = WebSocketStream<Box<dyn Stream>>;

/// A connected client. What it receives is kept until the test looks at it; dropping it cuts the connection.
pub struct Communicator {
    sink: SplitSink<Socket, tungstenite::Message>,
    reader: JoinHandle<()>,
    headers: HeaderMap,
    probe: Probe,
    conversation: Conversation,
}

impl Communicator {
    pub(crate) fn new(
        socket: Socket,
        headers: HeaderMap,
        probe: Probe,
        conversation: Conversation,
    ) -> Self {
        let (sink, stream) = socket.split();
        let reader = tokio::spawn(read(stream, probe.clone(), conversation.clone()));
        Self {
            sink,
            reader,
            headers,
            probe,
            conversation,
        }
    }

    /// The headers of the answer to the handshake.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Sends a message and waits until everything that it caused is done, on every connection of the application.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, or when the connection is closed already.
    pub async fn send<M: Message>(&mut self, message: M) {
        self.send_message(&message, None).await;
    }

    /// Sends a message with a `ref`, a number or a string, and waits as [`Communicator::send`] does.
    ///
    /// # Panics
    /// As [`Communicator::send`], and for a string of more than 64 bytes.
    pub async fn send_with_ref<M: Message, R>(&mut self, message: M, reference: R)
    where
        R: TryInto<Ref, Error: fmt::Debug>,
    {
        let reference = reference.try_into().expect("a ref");
        self.send_message(&message, Some(&reference)).await;
    }

    async fn send_message<M: Message>(&mut self, message: &M, reference: Option<&Ref>) {
        let text =
            wire::to_text(message, reference).expect("a message that can be written as JSON");
        self.send_raw(text).await;
    }

    /// Sends a text frame as it is, and waits as [`Communicator::send`] does.
    ///
    /// # Panics
    /// As [`Communicator::send`].
    pub async fn send_raw(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.assert_open();
        self.conversation.sent(&shorten(&text));
        self.exchange(tungstenite::Message::text(text)).await;
    }

    /// Sends a binary frame, and waits as [`Communicator::send`] does.
    ///
    /// # Panics
    /// As [`Communicator::send`].
    pub async fn send_binary(&mut self, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        self.assert_open();
        self.conversation
            .sent(&format!("{} bytes of binary", bytes.len()));
        self.exchange(tungstenite::Message::binary(bytes)).await;
    }

    /// Sends a message and does not wait for what it causes, for a request that is answered over time. Await
    /// [`Begun::done`] to wait after all, or take what comes with [`Communicator::next`].
    ///
    /// # Panics
    /// When the connection is closed already.
    pub async fn begin<M: Message>(&mut self, message: M) -> Begun {
        let text = wire::to_text(&message, None).expect("a message that can be written as JSON");
        self.begin_raw(text).await
    }

    /// Sends a text frame as it is, and does not wait, as [`Communicator::begin`].
    ///
    /// # Panics
    /// When the connection is closed already.
    pub async fn begin_raw(&mut self, text: impl Into<String>) -> Begun {
        let text = text.into();
        self.assert_open();
        self.conversation.sent(&shorten(&text));
        self.put(tungstenite::Message::text(text)).await
    }

    fn assert_open(&self) {
        if self.conversation.end().is_some() || self.probe.is_over() {
            panic!(
                "could not send: the connection is closed already{}",
                self.conversation.show()
            );
        }
    }

    async fn exchange(&mut self, message: tungstenite::Message) {
        self.put(message).await.done().await;
    }

    async fn put(&mut self, message: tungstenite::Message) -> Begun {
        let (cause, completion) = Cause::begin();
        self.probe.sending(cause.clone());
        // A server that closes while this is sent may be quicker than the last byte; the test sees the close.
        if let Err(error) = self.sink.send(message).await
            && self.conversation.end().is_none()
            && !self.probe.is_over()
        {
            panic!("could not send: {error}{}", self.conversation.show());
        }
        Begun {
            cause,
            completion,
            conversation: self.conversation.clone(),
        }
    }

    /// Waits for the next frame, which must be an `M`, and takes it.
    ///
    /// # Panics
    /// When none comes within ten seconds, or when it is something else.
    pub async fn next<M: Message>(&mut self) -> M {
        let next = watchdog::watch("a frame", self.conversation.next()).await;
        let Some(text) = next else {
            panic!(
                "expected {:?}, but the connection ended{}",
                M::TAGS,
                self.conversation.show()
            );
        };
        self.read_as(&text)
    }

    /// Takes the messages of type `M` among what was received, in order; others stay.
    pub fn messages<M: Message>(&mut self) -> Vec<M> {
        let mut taken = Vec::new();
        self.conversation
            .state()
            .unread
            .retain(|text| match wire::from_text(text) {
                Some((message, _)) => {
                    taken.push(message);
                    false
                }
                None => true,
            });
        taken
    }

    /// Takes the next frame, which must be an `M`.
    ///
    /// # Panics
    /// When there is none, or when it is something else.
    #[track_caller]
    pub fn expect<M: Message>(&mut self) -> M {
        let next = self.conversation.state().unread.pop_front();
        let Some(text) = next else {
            panic!(
                "expected {:?}, but nothing came{}",
                M::TAGS,
                self.conversation.show()
            );
        };
        self.read_as(&text)
    }

    #[track_caller]
    fn read_as<M: Message>(&self, text: &str) -> M {
        match wire::from_text(text) {
            Some((message, _)) => message,
            None => panic!(
                "expected {:?}, but {} came{}",
                M::TAGS,
                shorten(text),
                self.conversation.show()
            ),
        }
    }

    /// Takes all that was received, as JSON.
    ///
    /// # Panics
    /// When a frame is not JSON.
    #[track_caller]
    pub fn frames(&mut self) -> Vec<Value> {
        let unread = std::mem::take(&mut self.conversation.state().unread);
        unread
            .iter()
            .map(|text| serde_json::from_str(text).expect("a frame of JSON"))
            .collect()
    }

    /// Asserts that nothing came that the test has not looked at.
    ///
    /// As every `send` has waited for all that it caused, nothing can still be under way.
    ///
    /// # Panics
    /// When something came.
    #[track_caller]
    pub fn assert_silent(&self) {
        let unread: Vec<_> = {
            let state = self.conversation.state();
            state.unread.iter().map(|text| shorten(text)).collect()
        };
        assert!(
            unread.is_empty(),
            "expected silence, but {} frames came: {unread:?}{}",
            unread.len(),
            self.conversation.show()
        );
    }

    /// The code with which the connection was closed, if it was.
    pub fn closed(&self) -> Option<u16> {
        match self.conversation.end()? {
            End::Closed { code, .. } => code,
            End::Lost(_) => None,
        }
    }

    /// Waits until the connection is closed, and asserts with which code. Returns the reason.
    ///
    /// # Panics
    /// When it is not closed within ten seconds, or with another code.
    pub async fn assert_closed(&mut self, code: CloseCode) -> String {
        let conversation = self.conversation.clone();
        let end = watchdog::watch("the close", conversation.wait_for_end()).await;
        match end {
            End::Closed {
                code: Some(found),
                reason,
            } if found == code.as_u16() => reason,
            other => panic!(
                "expected close {code}, but the connection was {other}{}",
                conversation.show()
            ),
        }
    }

    /// Closes with 1000 and waits until the server is done with the connection, `#[on_disconnect]` included.
    ///
    /// # Panics
    /// When that takes longer than ten seconds.
    pub async fn disconnect(self) {
        self.disconnect_with(CloseCode::NORMAL).await;
    }

    /// As [`Communicator::disconnect`], with another code.
    ///
    /// # Panics
    /// When that takes longer than ten seconds.
    pub async fn disconnect_with(mut self, code: CloseCode) {
        let (cause, completion) = Cause::begin();
        self.probe.closing(cause.clone());
        self.conversation.sent(&format!("close {code}"));
        let frame = CloseFrame {
            code: WireCode::from(code.as_u16()),
            reason: "".into(),
        };
        // An error means that the connection is closed already.
        let _ = self
            .sink
            .send(tungstenite::Message::Close(Some(frame)))
            .await;
        let conversation = self.conversation.clone();
        let end = conversation.clone();
        watchdog::watch("the answer to the close", end.wait_for_end()).await;
        watchdog::completion("a close", cause, completion, move || conversation.show()).await;
    }

    /// Vanishes without a word: reads nothing, answers no ping, but keeps the connection.
    pub fn half_open(&mut self) {
        self.probe.answers_pings(false);
        self.probe.read_all();
        self.reader.abort();
    }
}

/// A frame that was sent, and what it causes.
#[must_use = "await `done`, or drop it if nobody waits"]
pub struct Begun {
    cause: Cause,
    completion: Completion,
    conversation: Conversation,
}

impl Begun {
    /// Waits until everything that the frame caused is done, on every connection of the application.
    ///
    /// # Panics
    /// When that takes longer than ten seconds.
    pub async fn done(self) {
        let Self {
            cause,
            completion,
            conversation,
        } = self;
        watchdog::completion("a frame", cause, completion, move || conversation.show()).await;
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

async fn read(mut stream: SplitStream<Socket>, probe: Probe, conversation: Conversation) {
    while let Some(message) = stream.next().await {
        match message {
            Ok(tungstenite::Message::Text(text)) => {
                conversation.received(text.as_str().to_owned());
                probe.read();
            }
            Ok(tungstenite::Message::Close(frame)) => {
                conversation.ended(End::of(frame));
                probe.read();
            }
            Ok(_) => {}
            Err(error) => {
                conversation.ended(End::Lost(error.to_string()));
                break;
            }
        }
    }
    conversation.ended(End::Lost("the stream ended".to_owned()));
    probe.read_all();
}

impl Drop for Communicator {
    fn drop(&mut self) {
        self.reader.abort();
        // Whoever sends to it does not wait for what nobody reads.
        self.probe.read_all();
    }
}

impl fmt::Debug for Communicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Communicator")
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}
