//! A client that sends what it likes when it likes, without a test's causes, in memory or over TCP.

use std::{
    future::{Future as _, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};

use axum::Router;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderMap, HeaderValue};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use realtime_runtime::Realtime;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _},
};
use tower_service::Service as _;

use crate::{Transport, watched};

pub trait Bytes: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Bytes for S {}

pub type Wire = Pin<Box<dyn Bytes>>;

/// A stream of bytes to the application.
pub async fn wire(transport: Transport, realtime: &Realtime) -> Wire {
    let router = realtime.router();
    match transport {
        Transport::Memory => {
            let (client, server) = tokio::io::duplex(64 * 1024);
            serve(server, router);
            Box::pin(client)
        }
        Transport::Tcp => {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
            serve(accepted.unwrap().0, router);
            let client = client.unwrap();
            client.set_nodelay(true).unwrap();
            Box::pin(client)
        }
    }
}

fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, router: Router) {
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        router.clone().call(request.map(axum::body::Body::new))
    });
    tokio::spawn(async move {
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // An error here is one of the peer, which sees it too.
        let _ = connection.with_upgrades().await;
    });
}

/// A connected client.
pub struct Peer(WebSocketStream<Wire>);

impl Peer {
    pub async fn new(transport: Transport, realtime: &Realtime) -> Self {
        let stream = wire(transport, realtime).await;
        let mut request = "ws://localhost/ws".into_client_request().unwrap();
        let origin = HeaderValue::from_static("http://localhost");
        request.headers_mut().insert("origin", origin);
        let shaken = tokio_tungstenite::client_async(request, stream);
        Self(watched(shaken).await.unwrap().0)
    }

    /// Sends several messages at once.
    pub async fn sends(&mut self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            self.0.feed(message).await.unwrap();
        }
        self.0.flush().await.unwrap();
    }

    /// The next message; `None` at the end.
    pub async fn next(&mut self) -> Option<Message> {
        watched(self.0.next()).await.map(Result::unwrap)
    }

    /// Sends a message as far as anybody takes it. `false`: nobody takes any more.
    pub async fn offers(&mut self, message: Message) -> bool {
        let mut sending = pin!(self.0.send(message));
        for _ in 0..2000 {
            let sent = poll_fn(|cx| Poll::Ready(sending.as_mut().poll(cx).is_ready())).await;
            if sent {
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    }

    /// Sends what is still to be sent while it reads, until a text is the last.
    pub async fn reads_until(&mut self, mut is_last: impl FnMut(&str) -> bool) {
        // Reading goes on with what could not be written.
        while !is_last(&self.text().await) {
            let _ = poll_fn(|cx| Poll::Ready(self.0.poll_flush_unpin(cx))).await;
        }
    }

    pub async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.as_str().to_owned(),
            other => panic!("expected a text, but {other:?} came"),
        }
    }
}

/// A request to connect with more bytes behind it; what is answered until the server ends the connection.
pub async fn pipelined(
    transport: Transport,
    realtime: &Realtime,
    path: &str,
    headers: &HeaderMap,
    behind: &[u8],
) -> Vec<u8> {
    let mut stream = wire(transport, realtime).await;
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    request.push_str("\r\n");
    let bytes = [request.as_bytes(), behind].concat();
    watched(stream.write_all(&bytes)).await.unwrap();
    let mut answer = Vec::new();
    watched(stream.read_to_end(&mut answer)).await.unwrap();
    answer
}

/// A text and a close, both masked with zeros.
pub fn text_then_close(text: &str) -> Vec<u8> {
    let mut bytes = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
    bytes.extend(text.as_bytes());
    bytes.extend([0x88, 0x80, 0, 0, 0, 0]);
    bytes
}
