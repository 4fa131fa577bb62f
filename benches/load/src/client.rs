//! One connection, from its handshake on.

use std::{cell::RefCell, fmt, future::poll_fn, io, pin::Pin, task::Poll, time::Duration};

use tokio::{
    io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
    time::timeout,
};

use crate::{
    Outcome,
    frame::{self, CLOSE, PING, PONG, TEXT},
    job::{Job, Wire},
    target::{Manner, Target},
};

/// No handshake takes longer.
const HANDSHAKE: Duration = Duration::from_secs(20);
/// A clean close: 1000.
const DONE: [u8; 2] = [0x03, 0xE8];

/// Why a connection goes no further.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server closed it, with this code.
    Closed(Option<u16>),
    /// There was no close.
    Lost(String),
    /// What came is wrong.
    Wrong(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(code) => write!(f, "the server closed the connection with {code:?}"),
            Self::Lost(reason) | Self::Wrong(reason) => f.write_str(reason),
        }
    }
}

/// A client after its handshake.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    /// The beginning of a frame that has not come wholly.
    rest: Vec<u8>,
}

impl Client {
    /// Connects, and asks once: whoever answers has also let the client into the room.
    pub(crate) async fn connect(
        target: &Target,
        chat: &Job,
        manner: Manner,
    ) -> Result<Self, String> {
        let connect = async {
            let mut client = Self::opens(target, manner).await?;
            client.greets(chat).await?;
            Ok(client)
        };
        let client = timeout(HANDSHAKE, connect).await;
        client
            .unwrap_or_else(|_| Err("it takes too long".to_owned()))
            .map_err(|error: String| format!("could not connect: {error}"))
    }

    /// Connects, and asks nothing.
    pub(crate) async fn opens(target: &Target, manner: Manner) -> Result<Self, String> {
        let client = Self::handshake(target, manner).await;
        let mut client = client.map_err(|error| error.to_string())?;
        if target.wire() == Wire::SocketIo {
            client.enters().await?;
        }
        Ok(client)
    }

    /// Socket.IO's own handshake: the client asks for the namespace, the server opens and lets it in.
    async fn enters(&mut self) -> Outcome {
        let buffer = RefCell::new(vec![0; 4096]);
        // The last is of the peer: Socket.IO says that a client is in before its handlers are there.
        let openings = ["0{", "40{", "42[\"ready\""];
        let mut heard = 0;
        self.sends(&frame::masked(TEXT, b"40")).await?;
        while heard < openings.len() {
            self.hears(&buffer, |text| {
                let opening = openings.get(heard).unwrap_or(&"nothing");
                heard += 1;
                if text.starts_with(opening.as_bytes()) {
                    return Ok(());
                }
                let text = String::from_utf8_lossy(text);
                Err(format!("instead of {opening} came {text}"))
            })
            .await?;
        }
        Ok(())
    }

    async fn greets(&mut self, chat: &Job) -> Outcome {
        let buffer = RefCell::new(vec![0; 4096]);
        let mut is_answered = false;
        self.sends(chat.frames(0, 1)).await?;
        while !is_answered {
            self.hears(&buffer, |text| {
                is_answered = true;
                chat.check(0, text)
            })
            .await?;
        }
        Ok(())
    }

    async fn handshake(target: &Target, manner: Manner) -> io::Result<Self> {
        let mut stream = target.socket(manner).await?;
        let Target { address, path } = target;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut rest = Vec::new();
        loop {
            if let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
                if !rest.starts_with(b"HTTP/1.1 101 ") {
                    let head = String::from_utf8_lossy(&rest);
                    return Err(io::Error::other(format!("the answer is {head:?}")));
                }
                rest.drain(..end + 4);
                rest.shrink_to_fit();
                return Ok(Self { stream, rest });
            }
            if stream.read_buf(&mut rest).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    pub(crate) async fn sends(&mut self, bytes: &[u8]) -> Outcome {
        let sent = self.stream.write_all(bytes).await;
        sent.map_err(|error| format!("could not send: {error}"))
    }

    /// As [`reads`](Self::reads), where the connection must not end.
    pub(crate) async fn hears(
        &mut self,
        buffer: &RefCell<Vec<u8>>,
        text: impl FnMut(&[u8]) -> Outcome,
    ) -> Outcome {
        let read = self.reads(buffer, text).await;
        read.map_err(|end| end.to_string())
    }

    /// Closes in order: the server has to answer with a close of its own. Texts may come before it.
    pub(crate) async fn closes(
        mut self,
        buffer: &RefCell<Vec<u8>>,
        mut text: impl FnMut(&[u8]) -> Outcome,
    ) -> Outcome {
        self.sends(&frame::masked(CLOSE, &DONE)).await?;
        let close = async {
            loop {
                match self.reads(buffer, &mut text).await {
                    Ok(()) => {}
                    Err(End::Closed(_)) => return Ok(()),
                    Err(end) => return Err(format!("a close was not answered: {end}")),
                }
            }
        };
        let closed = timeout(HANDSHAKE, close).await;
        closed.unwrap_or_else(|_| Err("a close was not answered".to_owned()))
    }

    /// Reads once, and hands over each text that is complete. Pings are answered.
    ///
    /// The buffer is shared with all other clients; only the beginning of a frame is kept by this one.
    ///
    /// Cancel safe, but for the answer to a ping.
    pub(crate) async fn reads(
        &mut self,
        buffer: &RefCell<Vec<u8>>,
        mut text: impl FnMut(&[u8]) -> Outcome,
    ) -> Result<(), End> {
        let pongs = poll_fn(|cx| {
            let mut buffer = buffer.borrow_mut();
            let kept = self.rest.len();
            if buffer.len() < kept * 2 {
                buffer.resize(kept * 2, 0);
            }
            buffer[..kept].copy_from_slice(&self.rest);
            let mut unfilled = ReadBuf::new(&mut buffer[kept..]);
            match Pin::new(&mut self.stream).poll_read(cx, &mut unfilled) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => {
                    let reason = format!("the connection failed: {error}");
                    return Poll::Ready(Err(End::Lost(reason)));
                }
            }
            let read = unfilled.filled().len();
            if read == 0 {
                let reason = "the server ended the connection".to_owned();
                return Poll::Ready(Err(End::Lost(reason)));
            }
            self.rest.clear();
            Poll::Ready(frames(&buffer[..kept + read], &mut self.rest, &mut text))
        })
        .await?;
        if pongs.is_empty() {
            return Ok(());
        }
        self.sends(&pongs).await.map_err(End::Lost)
    }
}

/// Takes the frames out of what was read. Returns the answers to pings.
fn frames(
    mut bytes: &[u8],
    rest: &mut Vec<u8>,
    text: &mut impl FnMut(&[u8]) -> Outcome,
) -> Result<Vec<u8>, End> {
    let mut pongs = Vec::new();
    while let Some(frame) = frame::first(bytes) {
        match frame.first {
            // The ping of Socket.IO, and its pong.
            TEXT if frame.payload == b"2" => pongs.extend(frame::masked(TEXT, b"3")),
            TEXT => text(frame.payload).map_err(End::Wrong)?,
            PING => pongs.extend(frame::masked(PONG, frame.payload)),
            PONG => {}
            CLOSE => {
                let code = frame.payload.first_chunk().copied();
                return Err(End::Closed(code.map(u16::from_be_bytes)));
            }
            other => return Err(End::Wrong(format!("a frame begins with {other:#x}"))),
        }
        bytes = &bytes[frame.len..];
    }
    rest.extend(bytes);
    Ok(pongs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_frame_is_kept_and_a_ping_answered() {
        let (mut rest, mut texts) = (Vec::new(), 0);
        let bytes = [TEXT, 1, b'a', PING, 1, b'p', TEXT, 2, b'b'];
        let pongs = frames(&bytes, &mut rest, &mut |_| {
            texts += 1;
            Ok(())
        });
        assert_eq!(pongs, Ok(frame::masked(PONG, b"p")));
        assert_eq!((texts, &*rest), (1, &[TEXT, 2, b'b'][..]));
    }

    #[test]
    fn a_close_is_told_with_its_code() {
        let closed = frames(&[CLOSE, 2, 3, 0xF5], &mut Vec::new(), &mut |_| Ok(()));
        assert_eq!(closed, Err(End::Closed(Some(1013))));
        assert!(closed.unwrap_err().to_string().contains("1013"));
    }
}
