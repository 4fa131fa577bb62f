//! A client's end of a WebSocket.

use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, header};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Running;

/// How long anything may take before the test fails. Nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(40);

/// What has come to a socket so far.
#[derive(Debug, Default)]
pub struct Heard {
    /// The frames, in their order.
    pub frames: Vec<Value>,
    /// Whether it is over.
    pub is_over: bool,
    /// The code of the close, if the end was one.
    pub code: Option<u16>,
}

/// An open WebSocket, which is read whether the test looks or not. Dropping it breaks the connection off.
#[derive(Debug)]
pub struct Socket {
    sink: Mutex<SplitSink<WebSocketStream<TcpStream>, Message>>,
    heard: watch::Receiver<Heard>,
    /// How many frames [`Socket::next`] has given.
    taken: usize,
    reader: JoinHandle<()>,
}

impl Running {
    /// Opens a socket as a page of the program does.
    pub async fn connect(&self, path: &str, cookie: &str) -> Socket {
        let mut request = format!("ws://{}{path}", self.address)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        let origin = format!("http://{}", self.address);
        for (name, value) in [(header::ORIGIN, &*origin), (header::COOKIE, cookie)] {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        let opening = async {
            let stream = TcpStream::connect(&self.address).await.unwrap();
            client_async(request, stream).await.unwrap()
        };
        let opened = tokio::time::timeout(PATIENCE, opening).await;
        let (stream, _) = opened.expect("the handshake takes too long");
        Socket::on(stream)
    }
}

impl Socket {
    fn on(stream: WebSocketStream<TcpStream>) -> Self {
        let (sink, mut stream) = stream.split();
        let (hears, heard) = watch::channel(Heard::default());
        let reader = tokio::spawn(async move {
            let mut code = None;
            while let Some(Ok(message)) = stream.next().await {
                match message {
                    Message::Text(text) => {
                        let frame = serde_json::from_str(&text).expect("a frame is JSON");
                        hears.send_modify(|heard| heard.frames.push(frame));
                    }
                    Message::Close(close) => code = close.map(|close| close.code.into()),
                    _ => {}
                }
            }
            hears.send_modify(|heard| {
                heard.is_over = true;
                heard.code = code;
            });
        });
        Self {
            sink: Mutex::new(sink),
            heard,
            taken: 0,
            reader,
        }
    }

    /// What has come so far.
    pub fn heard(&self) -> watch::Ref<'_, Heard> {
        self.heard.borrow()
    }

    /// Waits until what has come is as it shall be.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Heard) -> bool) {
        let mut heard = self.heard.clone();
        let waiting = tokio::time::timeout(PATIENCE, heard.wait_for(|heard| is_so(heard)));
        // The reader is gone only after what is over was.
        let is_so = matches!(waiting.await, Ok(Ok(_)));
        if !is_so {
            let heard = self.heard();
            let last = &heard.frames[heard.frames.len().saturating_sub(10)..];
            panic!("{what} did not come; the last frames: {last:?}");
        }
    }

    /// The next frame.
    pub async fn next(&mut self) -> Value {
        let taken = self.taken;
        self.until("a frame", |heard| heard.frames.len() > taken)
            .await;
        self.taken += 1;
        self.heard().frames[taken].clone()
    }

    /// The code that it was closed with, once it was.
    pub async fn closed(&self) -> Option<u16> {
        self.until("the end", |heard| heard.is_over).await;
        self.heard().code
    }

    /// Whether it still stands.
    pub fn is_open(&self) -> bool {
        !self.heard().is_over
    }

    /// Sends a message.
    pub async fn send(&self, frame: &Value) {
        self.write(Message::text(frame.to_string())).await;
    }

    async fn write(&self, message: Message) {
        self.sink.lock().await.send(message).await.unwrap();
    }

    /// Closes it, as a page does that is left.
    pub async fn close(self) {
        self.write(Message::Close(None)).await;
        self.closed().await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
