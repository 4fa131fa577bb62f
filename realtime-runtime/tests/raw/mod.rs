//! A client that writes its own bytes, against a real server.
#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub
)]

use std::{net::SocketAddr, time::Duration};

use realtime_runtime::Realtime;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};

pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;
/// The last frame of a message.
pub const FIN: u8 = 0x80;

/// A server that ends with the test.
pub struct Server {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn new(realtime: &Realtime) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (realtime, router) = (realtime.clone(), realtime.router());
        let task = tokio::spawn(async move {
            let never = std::future::pending();
            realtime.serve_until(listener, router, never).await.unwrap();
        });
        Self { address, task }
    }

    /// A client after its handshake.
    pub async fn client(&self) -> Raw {
        self.client_with(b"").await
    }

    /// A client of the server at this address.
    pub async fn client_of(address: SocketAddr) -> Raw {
        Self::connected(address, b"").await
    }

    /// A client that sends more in the segment of its request.
    pub async fn client_with(&self, more: &[u8]) -> Raw {
        Self::connected(self.address, more).await
    }

    async fn connected(address: SocketAddr, more: &[u8]) -> Raw {
        let mut request = request(address, &[]);
        request.extend_from_slice(more);
        let stream = TcpStream::connect(address).await.unwrap();
        let (raw, head) = Self::asks_on(stream, &request).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        raw.stream.set_nodelay(true).unwrap();
        raw
    }

    /// A client after its handshake whose kernel takes little that it has not read.
    pub async fn client_that_takes_little(&self) -> Raw {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        let request = request(self.address, &[]);
        let (raw, head) = Self::asks_on(stream, &request).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        raw
    }

    /// Sends a request; returns the head of its answer.
    pub async fn asks(&self, request: &[u8]) -> (Raw, String) {
        Self::asks_on(TcpStream::connect(self.address).await.unwrap(), request).await
    }

    async fn asks_on(stream: TcpStream, request: &[u8]) -> (Raw, String) {
        let mut raw = Raw {
            stream,
            buffer: Vec::new(),
        };
        raw.sends(request).await;
        let head = loop {
            if let Some(end) = raw.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break raw.buffer.drain(..end + 4).collect();
            }
            assert!(raw.reads().await > 0, "the connection ended");
        };
        (raw, String::from_utf8(head).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The request of RFC 6455's example; a header with a value replaces one, without a value removes it.
pub fn request(address: SocketAddr, changes: &[(&str, Option<&str>)]) -> Vec<u8> {
    let (host, origin) = (address.to_string(), format!("http://{address}"));
    let usual = [
        ("Host", host.as_str()),
        ("Origin", &origin),
        ("Connection", "keep-alive, Upgrade"),
        ("Upgrade", "WebSocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let mut request = String::from("GET /ws HTTP/1.1\r\n");
    let kept = usual
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .map(|(name, value)| (*name, *value));
    let changed = changes
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)));
    for (name, value) in kept.chain(changed) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.into_bytes()
}

/// A masked frame; `first` is its first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len() as u64);
    let mask = [0x5A, 0x01, 0xFE, 0x33];
    let masked = payload.iter().zip(mask.iter().cycle());
    frame.extend(masked.map(|(byte, mask)| byte ^ mask));
    frame
}

/// The header of a masked frame.
pub fn header(first: u8, len: u64) -> Vec<u8> {
    let mut header = vec![first];
    match len {
        0..=125 => header.push(0x80 | len as u8),
        126..=0xFFFF => {
            header.push(0x80 | 126);
            header.extend_from_slice(&(len as u16).to_be_bytes());
        }
        _ => {
            header.push(0x80 | 127);
            header.extend_from_slice(&len.to_be_bytes());
        }
    }
    header.extend_from_slice(&[0x5A, 0x01, 0xFE, 0x33]);
    header
}

pub fn text(text: &str) -> Vec<u8> {
    frame(FIN | TEXT, text.as_bytes())
}

pub fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(reason);
    frame(FIN | CLOSE, &payload)
}

/// A client on its socket.
pub struct Raw {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

impl Raw {
    pub async fn sends(&mut self, bytes: &[u8]) {
        watched(self.stream.write_all(bytes)).await.unwrap();
    }

    /// Reads once; 0 at the end.
    async fn reads(&mut self) -> usize {
        watched(self.stream.read_buf(&mut self.buffer))
            .await
            .unwrap()
    }

    /// The next frame: its first byte and its payload.
    pub async fn next(&mut self) -> (u8, Vec<u8>) {
        loop {
            if let Some((header, len)) = server_header(&self.buffer)
                && self.buffer.len() >= header + len
            {
                let first = self.buffer[0];
                let frame: Vec<u8> = self.buffer.drain(..header + len).collect();
                return (first, frame[header..].to_vec());
            }
            assert!(self.reads().await > 0, "the connection ended");
        }
    }

    pub async fn expect(&mut self, first: u8, payload: impl AsRef<[u8]>) {
        let (found, bytes) = self.next().await;
        let expected = payload.as_ref();
        assert_eq!(
            (found, String::from_utf8_lossy(&bytes)),
            (first, String::from_utf8_lossy(expected))
        );
    }

    pub async fn expect_text(&mut self, text: &str) {
        self.expect(FIN | TEXT, text).await;
    }

    /// The close code of the next frame, which must be a close.
    pub async fn expect_close(&mut self, code: u16) {
        let (first, payload) = self.next().await;
        assert_eq!(first, FIN | CLOSE, "{payload:?}");
        assert_eq!(payload[..2], code.to_be_bytes(), "{payload:?}");
        assert!(std::str::from_utf8(&payload[2..]).is_ok());
    }

    /// The server ends TCP, without a reset and without a further byte.
    pub async fn expect_end(&mut self) {
        assert_eq!(self.buffer, b"");
        assert_eq!(self.reads().await, 0, "{:?}", self.buffer);
    }
}

/// The lengths of header and payload of a server's frame.
fn server_header(bytes: &[u8]) -> Option<(usize, usize)> {
    let length = *bytes.get(1)?;
    assert_eq!(length & 0x80, 0, "a server's frames are not masked");
    Some(match length {
        126 => (
            4,
            u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap()).into(),
        ),
        127 => {
            let length = u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap());
            (10, usize::try_from(length).unwrap())
        }
        length => (2, length.into()),
    })
}

pub async fn watched<F: Future>(future: F) -> F::Output {
    let watched = tokio::time::timeout(Duration::from_secs(10), future);
    watched.await.expect("an answer within ten seconds")
}
