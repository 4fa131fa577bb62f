//! The byte stream under a connection.

use std::{
    io,
    net::Shutdown,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::{rt::TokioIo, server::conn::auto};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What a connection reads from and writes to.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Socket for S {}

/// What others write to while a connection's task sleeps. Dropping it ends nothing.
#[derive(Debug)]
pub(crate) struct SharedSocket(Option<OwnedWriteHalf>);

impl SharedSocket {
    pub(super) fn new(socket: OwnedWriteHalf) -> Self {
        Self(Some(socket))
    }

    /// Writes what the socket takes at once; as many bytes were written.
    pub(crate) fn write_now(&self, bytes: &[u8]) -> usize {
        // What fails here fails again where the task writes the rest, and ends the connection there.
        let written = self.0.as_ref().map(|socket| socket.try_write(bytes));
        written.and_then(Result::ok).unwrap_or(0)
    }
}

impl Drop for SharedSocket {
    fn drop(&mut self) {
        if let Some(socket) = self.0.take() {
            // Else it would shut down what the task is still writing to.
            socket.forget();
        }
    }
}

/// The stream of an upgraded HTTP connection.
#[derive(Debug)]
pub(crate) enum Stream {
    /// TCP without anything around it: nothing stands between the connection and the kernel.
    Tcp(OwnedReadHalf),
    /// Anything else, such as TLS.
    Other(Box<TokioIo<Upgraded>>),
}

/// What an upgrade brings.
#[derive(Debug)]
pub(crate) struct Opened<S> {
    pub(crate) stream: S,
    /// What others write to while the connection's task sleeps. `None`: only the task can write.
    pub(crate) shared: Option<SharedSocket>,
    /// What was already read.
    pub(crate) read: Bytes,
}

impl<S> Opened<S> {
    /// A stream that nobody shares and of which nothing was read.
    pub(crate) fn alone(stream: S) -> Self {
        Self {
            stream,
            shared: None,
            read: Bytes::new(),
        }
    }
}

impl Opened<Stream> {
    pub(crate) fn new(upgraded: Upgraded) -> Self {
        let upgraded = match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => return Self::tcp(parts.io, parts.read_buf),
            Err(upgraded) => upgraded,
        };
        // As `axum::serve` wraps it.
        match auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => Self::tcp(parts.io, parts.read_buf),
            Err(upgraded) => Self::alone(Stream::Other(Box::new(TokioIo::new(upgraded)))),
        }
    }

    fn tcp(io: TokioIo<TcpStream>, read: Bytes) -> Self {
        let (stream, write) = io.into_inner().into_split();
        Self {
            stream: Stream::Tcp(stream),
            shared: Some(SharedSocket::new(write)),
            read,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Other(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Tcp(stream) => {
                let stream: &TcpStream = stream.as_ref();
                loop {
                    match stream.try_write(bytes) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                            ready!(stream.poll_write_ready(cx))?;
                        }
                        written => return Poll::Ready(written),
                    }
                }
            }
            Self::Other(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(_) => Poll::Ready(Ok(())),
            Self::Other(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => {
                let stream: &TcpStream = stream.as_ref();
                Poll::Ready(SockRef::from(stream).shutdown(Shutdown::Write))
            }
            Self::Other(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
