//! A client that writes its own bytes.

use std::{io, net::SocketAddr, time::Duration};

use crate::Outcome;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8A;
pub(crate) const CLOSE: u8 = 0x88;
/// A text message that goes on in another frame, and the frame that it goes on in.
pub(crate) const BEGIN: u8 = 0x01;
pub(crate) const MORE: u8 = 0x00;
pub(crate) const LAST: u8 = 0x80;

const MASK: [u8; 4] = [0x5A, 0x01, 0xFE, 0x33];
/// No answer takes longer; who waits for a deadline of the server waits for it by other means.
const ANSWER: Duration = Duration::from_secs(10);

/// The header of a masked frame.
pub(crate) fn header(first: u8, len: u64) -> Vec<u8> {
    let mut header = vec![first];
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len @ 0..=125), _) => header.push(0x80 | len),
        (_, Ok(len)) => {
            header.push(0x80 | 126);
            header.extend(len.to_be_bytes());
        }
        _ => {
            header.push(0x80 | 127);
            header.extend(len.to_be_bytes());
        }
    }
    header.extend(MASK);
    header
}

/// A masked frame; `first` is its first byte.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len() as u64);
    frame.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    frame
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    frame(TEXT, text.as_bytes())
}

pub(crate) fn close(code: u16) -> Vec<u8> {
    frame(CLOSE, &code.to_be_bytes())
}

/// The request to connect to a group.
pub(crate) fn request(address: SocketAddr, group: &str) -> Vec<u8> {
    format!(
        "GET /ws/{group} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes()
}

/// What the server sent.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// The code of a close.
    pub(crate) fn code(&self) -> Option<u16> {
        match self.payload[..] {
            [high, low, ..] if self.first == CLOSE => Some(u16::from_be_bytes([high, low])),
            _ => None,
        }
    }
}

/// A client on its socket.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// A client after its handshake.
    pub(crate) async fn connect(address: SocketAddr, group: &str) -> Result<Self, String> {
        Self::on(TcpSocket::new_v4().map_err(shown)?, address, group).await
    }

    /// As [`Client::connect`], on a socket with settings of its own.
    pub(crate) async fn on(
        socket: TcpSocket,
        address: SocketAddr,
        group: &str,
    ) -> Result<Self, String> {
        let stream = socket.connect(address).await.map_err(shown)?;
        stream.set_nodelay(true).map_err(shown)?;
        let mut client = Self {
            stream,
            buffer: Vec::new(),
        };
        client.sends(&request(address, group)).await?;
        let head = timeout(ANSWER, client.head()).await;
        let head = head.map_err(|_| "no answer to the handshake")??;
        if head.starts_with("HTTP/1.1 101 ") {
            Ok(client)
        } else {
            Err(format!("the handshake was answered with {head:?}"))
        }
    }

    pub(crate) async fn head(&mut self) -> Result<String, String> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            if self.reads().await.map_err(shown)? == 0 {
                return Err("the connection ended in the handshake".to_owned());
            }
        }
    }

    pub(crate) async fn sends(&mut self, bytes: &[u8]) -> Outcome {
        match timeout(ANSWER, self.stream.write_all(bytes)).await {
            Ok(sent) => sent.map_err(|error| format!("could not send: {error}")),
            Err(_) => Err("the server takes no more".to_owned()),
        }
    }

    /// Reads once; 0 at the end.
    ///
    /// Cancel safe.
    pub(crate) async fn reads(&mut self) -> io::Result<usize> {
        self.buffer.reserve(16 * 1024);
        self.stream.read_buf(&mut self.buffer).await
    }

    /// A frame that was read already.
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        let (header, len) = match *self.buffer.get(1)? {
            126 => (
                4,
                u16::from_be_bytes(self.buffer.get(2..4)?.try_into().ok()?).into(),
            ),
            127 => (
                10,
                u64::from_be_bytes(self.buffer.get(2..10)?.try_into().ok()?),
            ),
            len => (2, u64::from(len)),
        };
        let end = header + usize::try_from(len).ok()?;
        let payload = self.buffer.get(header..end)?.to_vec();
        let first = self.buffer[0];
        self.buffer.drain(..end);
        Some(Frame { first, payload })
    }

    /// The next frame. It answers no pings.
    pub(crate) async fn next_within(&mut self, bound: Duration) -> Result<Frame, String> {
        let next = async {
            loop {
                if let Some(frame) = self.frame() {
                    return Ok(frame);
                }
                match self.reads().await {
                    Ok(0) => return Err("the connection ended".to_owned()),
                    Ok(_) => {}
                    Err(error) => return Err(format!("the connection failed: {error}")),
                }
            }
        };
        let next = timeout(bound, next).await;
        next.unwrap_or_else(|_| Err(format!("nothing came in {} s", bound.as_secs())))
    }

    /// The next text or close; pings are answered on the way.
    pub(crate) async fn next(&mut self) -> Result<Frame, String> {
        loop {
            let frame = self.next_within(ANSWER).await?;
            match frame.first {
                PING => self.sends(&self::frame(PONG, &frame.payload)).await?,
                PONG => {}
                _ => return Ok(frame),
            }
        }
    }

    /// The next text or close is a text with this in it.
    pub(crate) async fn expects(&mut self, part: &str) -> Outcome {
        let found = self.next().await?;
        let payload = String::from_utf8_lossy(&found.payload);
        if found.first == TEXT && payload.contains(part) {
            Ok(())
        } else {
            Err(format!(
                "instead of {part} came {:#x} {payload:?}",
                found.first
            ))
        }
    }

    /// It still answers.
    pub(crate) async fn is_open(&mut self) -> Outcome {
        self.sends(&text(r#"{"action":"ping"}"#)).await?;
        self.expects(r#""pong""#).await
    }

    /// What comes next, but for texts, is a close with this code; it is answered.
    pub(crate) async fn expects_close(&mut self, code: u16) -> Outcome {
        loop {
            let found = self.next().await?;
            if found.first == CLOSE {
                if found.code() != Some(code) {
                    return Err(format!(
                        "instead of {code} came the close {:?}",
                        found.code()
                    ));
                }
                let _ = self.sends(&close(code)).await;
                return Ok(());
            }
        }
    }

    /// Ends the conversation as one should.
    pub(crate) async fn closes(&mut self) -> Outcome {
        self.sends(&close(1000)).await?;
        self.expects_close(1000).await
    }
}

/// An error of the system in words.
pub(crate) fn shown(error: impl std::fmt::Display) -> String {
    error.to_string()
}
