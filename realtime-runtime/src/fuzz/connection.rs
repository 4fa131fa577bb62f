//! A whole connection in memory, from the first byte of its request on, fed with anything: it always ends.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as Polling, Poll},
    time::Duration,
};

use axum::{Router, body::Body};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead as _, AsyncWrite as _, DuplexStream, ReadBuf},
    task::{JoinHandle, yield_now},
};
use tower_service::Service as _;

use crate::{
    cause::Cause,
    hook::{App, Probe},
    prelude::*,
};

const REQUEST: &[u8] =
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// After this much time on its clock a connection whose peer is silent is over: ping, pong, and the close.
const LONGEST: Duration = Duration::from_secs(25 + 10 + 5);
/// So many turns of all tasks without a byte in either direction are taken for rest.
const REST: usize = 12;

/// Says `pong`.
#[message(action = "ping")]
struct Ping;
#[message(action = "pong")]
struct Pong;
#[message(action = "say")]
struct Say {
    text: String,
    times: u8,
}
#[message(action = "said")]
struct Said {
    text: String,
}
#[message(action = "shout")]
struct Shout {
    text: String,
}
#[message(action = "later")]
struct Later;
#[message(action = "bye")]
struct Bye;

#[derive(Clone, Debug, Default)]
struct Counts {
    connected: Arc<AtomicUsize>,
    disconnected: Arc<AtomicUsize>,
}

struct Fuzzed;

/// A consumer that answers in every way but by a panic.
#[consumer(name = "fuzzed", state = Counts)]
impl Fuzzed {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&Group::new(["all"])).await?;
        cx.state().connected.fetch_add(1, Ordering::Relaxed);
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn say(&mut self, message: Say) -> Said {
        let text = message.text.repeat(message.times.into());
        Said { text }
    }

    #[ws_handler]
    async fn shout(&mut self, message: Shout, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        let event = Said { text: message.text };
        Group::<Self>::new(["all"]).send(cx, event).await?;
        Ok(())
    }

    #[ws_handler(spawn)]
    async fn later(_: Later) -> Pong {
        yield_now().await;
        Pong
    }

    #[ws_handler]
    async fn bye(&mut self, _: Bye, cx: &mut Context<'_, Self>) {
        cx.close(CloseCode::FORBIDDEN, "enough");
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().disconnected.fetch_add(1, Ordering::Relaxed);
    }
}

/// How the peer behaves, from the first two bytes.
#[derive(Clone, Copy, Debug)]
struct Manner {
    /// A handshake comes before the input.
    greets: bool,
    /// What the server writes is read.
    reads: bool,
    end: End,
    /// Size of the pieces that are sent.
    piece: usize,
    /// So much fits into the pipe in either direction.
    room: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It sends no more, and says so.
    Shutdown,
    /// It is gone.
    Gone,
    /// It says nothing more.
    Silence,
}

impl Manner {
    fn new(how: u8, piece: u8) -> Self {
        Self {
            greets: how & 1 == 0,
            reads: how & 2 == 0,
            end: match how >> 2 & 3 {
                0 => End::Silence,
                1 => End::Shutdown,
                _ => End::Gone,
            },
            piece: usize::from(piece) + 1,
            room: [64, 512, 4096, 65_536][usize::from(how >> 4 & 3)],
        }
    }
}

/// Two bytes that say how the peer behaves, then what it sends.
///
/// # Panics
/// When the connection does not end, is not cleaned up once, or the server's frames are not well formed.
pub fn connection(bytes: &[u8]) {
    let [how, piece, input @ ..] = bytes else {
        return;
    };
    let manner = Manner::new(*how, *piece);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(converse(manner, input));
}

async fn converse(manner: Manner, input: &[u8]) {
    let counts = Counts::default();
    let realtime = Realtime::builder()
        .state(counts.clone())
        .any_origin()
        .consumer::<Fuzzed>("/ws")
        .build()
        .expect("an application");
    let app = App::new();
    let (stream, server) = tokio::io::duplex(manner.room);
    let server = serve(server, realtime.router(), app.clone());
    let mut peer = Peer {
        stream: Some(stream),
        reads: manner.reads,
        output: Vec::new(),
    };
    let request = if manner.greets { REQUEST } else { b"" };
    let mut blocked = !peer.sends(request).await;
    for piece in input.chunks(manner.piece) {
        blocked = blocked || !peer.sends(piece).await;
    }
    match manner.end {
        End::Silence => {}
        End::Shutdown => peer.shuts_down().await,
        End::Gone => peer.stream = None,
    }
    peer.rests().await;
    // What still stands ends with time; nothing but time makes a silent peer's connection end.
    let begun = app.now().unwrap_or_default();
    while realtime.connections() > 0 && app.step(begun + LONGEST, &Cause::NONE) {
        peer.rests().await;
    }
    assert_eq!(realtime.connections(), 0, "{manner:?}: it does not end");
    let connected = counts.connected.load(Ordering::Relaxed);
    assert!(connected <= 1);
    let upgraded = peer.output.starts_with(b"HTTP/1.1 101 ");
    if manner.reads && upgraded {
        let graceful = manner.end == End::Silence && !blocked;
        check_frames(&peer.output, graceful);
    }
    peer.stream = None;
    peer.rests().await;
    assert_eq!(counts.disconnected.load(Ordering::Relaxed), connected);
    assert!(server.is_finished(), "{manner:?}: the server still serves");
}

fn serve(stream: DuplexStream, router: Router, app: App) -> JoinHandle<()> {
    tokio::spawn(async move {
        let service = service_fn(move |mut request: Request<Incoming>| {
            let probe = Probe::new(&app, None);
            // Nobody waits for what the frames cause.
            probe.read_all();
            request.extensions_mut().insert(probe);
            router.clone().call(request.map(Body::new))
        });
        // An error here is one of the peer.
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
            .await;
    })
}

struct Peer {
    stream: Option<DuplexStream>,
    reads: bool,
    output: Vec<u8>,
}

impl Peer {
    /// Sends it all, unless the server takes no more. `false`: it does not.
    async fn sends(&mut self, mut bytes: &[u8]) -> bool {
        let mut idle = 0;
        while !bytes.is_empty() {
            let (written, read) = self.turn(bytes).await;
            let Some(written) = written else {
                return false;
            };
            bytes = &bytes[written..];
            idle = if written + read > 0 { 0 } else { idle + 1 };
            if idle > REST {
                return false;
            }
        }
        true
    }

    async fn shuts_down(&mut self) {
        if let Some(stream) = &mut self.stream {
            let _ = poll_fn(|cx| Pin::new(&mut *stream).poll_shutdown(cx)).await;
        }
    }

    /// Lets everybody else go on until nothing comes any more.
    async fn rests(&mut self) {
        let mut idle = 0;
        while idle < REST {
            let (_, read) = self.turn(b"").await;
            idle = if read > 0 { 0 } else { idle + 1 };
        }
    }

    /// Sends and reads what is possible now, then lets the others have their turn. Bytes that were sent (`None`: nobody
    /// takes them any more) and read.
    async fn turn(&mut self, bytes: &[u8]) -> (Option<usize>, usize) {
        let done = poll_fn(|cx| Poll::Ready(self.exchange(cx, bytes))).await;
        yield_now().await;
        done
    }

    fn exchange(&mut self, cx: &mut Polling<'_>, bytes: &[u8]) -> (Option<usize>, usize) {
        let Some(stream) = &mut self.stream else {
            return (None, 0);
        };
        let written = match Pin::new(&mut *stream).poll_write(cx, bytes) {
            _ if bytes.is_empty() => Some(0),
            Poll::Ready(Ok(count)) => Some(count),
            Poll::Ready(Err(_)) => None,
            Poll::Pending => Some(0),
        };
        let mut read = 0;
        while self.reads {
            let mut chunk = [0; 1024];
            let mut chunk = ReadBuf::new(&mut chunk);
            match Pin::new(&mut *stream).poll_read(cx, &mut chunk) {
                Poll::Ready(Ok(())) if !chunk.filled().is_empty() => {
                    self.output.extend_from_slice(chunk.filled());
                    read += chunk.filled().len();
                }
                _ => break,
            }
        }
        (written, read)
    }
}

/// The server's frames after its answer are whole, unmasked, and hold JSON with a tag; nothing follows its close.
/// `graceful`: the close is there.
fn check_frames(output: &[u8], graceful: bool) {
    let head = output.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(mut rest) = head.map(|end| &output[end + 4..]) else {
        assert!(!graceful);
        return;
    };
    let mut closed = false;
    while let Some((first, payload, after)) = next_frame(rest) {
        assert!(!closed, "a frame after the close");
        match first {
            0x81 => {
                let value: serde_json::Value = serde_json::from_slice(payload).expect("JSON");
                assert!(value["action"].is_string(), "{value}");
            }
            0x88 => {
                closed = true;
                assert!(payload.is_empty() || (2..=125).contains(&payload.len()));
            }
            0x89 | 0x8A => assert!(payload.len() <= 125),
            other => panic!("a frame begins with {other:#x}"),
        }
        rest = after;
    }
    assert!(
        !graceful || closed && rest.is_empty(),
        "no close at the end"
    );
}

fn next_frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (header, length) = match *bytes.get(1)? {
        126 => (
            4,
            u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
        ),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        length => (2, length.into()),
    };
    assert!(length < 1 << 32, "a masked frame, or one without end");
    let end = header + usize::try_from(length).ok()?;
    let payload = bytes.get(header..end)?;
    Some((bytes[0], payload, &bytes[end..]))
}
