//! The program on a port of its own, and a socket as a client holds it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, StatusCode, header};
use notifications::{App, Config};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::Client;
use crate::declared;

/// How long anything may take before the test fails. Nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes in the buffers of the operating system, so that what a slow client does not take waits in the program.
const SMALL: u32 = 32 * 1024;

pub(crate) const PATH: &str = "/ws/notifications/";

/// The program, serving. It stops with the test's runtime.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::on(Path::new(":memory:")).await
    }

    pub(crate) async fn on(database: &Path) -> Self {
        let app = notifications::app(&Config::new(database)).await.unwrap();
        let listening = TcpSocket::new_v4().unwrap();
        listening.set_send_buffer_size(SMALL).unwrap();
        listening.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = listening.listen(128).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let App {
            realtime, router, ..
        } = app.clone();
        let served = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            realtime
                .serve_until(listener, router, stopped)
                .await
                .unwrap();
        });
        Self {
            app,
            address,
            stop,
            served,
        }
    }

    pub(crate) async fn sign_in(&self, username: &str) -> Client {
        Client::signed_in(&self.app, username).await
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connects as a page of the program does.
    pub(crate) async fn connect(&self, client: &Client) -> Socket {
        let origin = self.origin();
        self.try_connect(PATH, client.cookie.as_deref(), &[&origin])
            .await
            .unwrap()
    }

    /// Connects and takes the first frame.
    pub(crate) async fn tab(&self, client: &Client) -> (Socket, Value) {
        let mut socket = self.connect(client).await;
        let initial = socket.next().await;
        assert_eq!(initial["type"], "initial");
        (socket, initial)
    }

    /// As [`Server::tab`], of a client that takes little before it reads.
    pub(crate) async fn slow_tab(&self, client: &Client) -> Socket {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(SMALL).unwrap();
        let stream = within(socket.connect(self.address)).await.unwrap();
        let origin = self.origin();
        let mut tab = self
            .handshake(stream, PATH, client.cookie.as_deref(), &[&origin])
            .await
            .unwrap();
        assert_eq!(tab.next().await["type"], "initial");
        tab
    }

    /// Tries to connect; the HTTP status where the handshake is refused.
    pub(crate) async fn try_connect(
        &self,
        path: &str,
        cookie: Option<&str>,
        origins: &[&str],
    ) -> Result<Socket, StatusCode> {
        let stream = within(TcpStream::connect(self.address)).await.unwrap();
        self.handshake(stream, path, cookie, origins).await
    }

    async fn handshake(
        &self,
        stream: TcpStream,
        path: &str,
        cookie: Option<&str>,
        origins: &[&str],
    ) -> Result<Socket, StatusCode> {
        let mut request = format!("ws://{}{path}", self.address)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        for origin in origins {
            headers.append(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        if let Some(cookie) = cookie {
            headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        match within(client_async(request, stream)).await {
            Ok((stream, _)) => Ok(Socket { stream }),
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Stops as on SIGTERM, and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        within(self.served).await.unwrap();
    }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it takes too long")
}

/// A client's end of a socket.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    pub(crate) async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// A frame must be what the document declares, whatever the test looks at.
    fn declared(text: &str) {
        if let Err(error) = declared::notifications().sent(text) {
            panic!("the document does not declare {text}: {error}");
        }
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// The next frame as it was written.
    pub(crate) async fn next_text(&mut self) -> String {
        loop {
            match within(self.stream.next()).await {
                Some(Ok(Message::Text(text))) => {
                    Self::declared(&text);
                    return text.as_str().to_owned();
                }
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("no frame but {other:?}"),
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Value {
        let text = self.next_text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Sends a message and takes the frame that follows.
    pub(crate) async fn ask(&mut self, frame: &Value) -> Value {
        self.send(frame).await;
        self.next().await
    }

    /// Everything the server has queued for this client by now. What was queued before a ping is written before its
    /// pong, at the latest when the next frame is handled; hence two.
    pub(crate) async fn drain(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        for n in ["first", "second"] {
            self.send(&json!({ "type": "ping", "ref": n })).await;
            loop {
                let frame = self.next().await;
                if frame["ref"] == n {
                    break;
                }
                frames.push(frame);
            }
        }
        frames
    }

    pub(crate) async fn assert_silent(&mut self) {
        assert_eq!(self.drain().await, [Value::Null; 0]);
    }

    /// Waits for the close; its code and reason. No frame may come before it.
    pub(crate) async fn closed(self) -> (u16, String) {
        let (frames, code, reason) = self.until_closed().await;
        assert_eq!(frames, 0, "a frame before the close");
        (code, reason)
    }

    /// Waits for the close; how many frames came before it, its code and reason.
    pub(crate) async fn until_closed(mut self) -> (usize, u16, String) {
        let mut frames = 0;
        loop {
            match within(self.stream.next()).await {
                Some(Ok(Message::Text(text))) => {
                    Self::declared(&text);
                    frames += 1;
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    let code = frame.code.into();
                    let declared = declared::notifications().closes_with(code);
                    assert!(declared, "the document does not declare close {code}");
                    let reason = frame.reason.as_str().to_owned();
                    return (frames, code, reason);
                }
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("no close but {other:?}"),
            }
        }
    }
}
