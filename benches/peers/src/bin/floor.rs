//! As little as there can be: epoll on one thread, one buffer for all reads, one write for all answers to one read. JSON
//! is read into types and written from types, as everywhere.
//!
//! It is no server to be used: it takes the frames that a well-behaved client sends, and drops who does otherwise.

use std::{
    error::Error,
    io::{self, Read as _, Write as _},
};

use bench_peers::{Options, Reply, announce, answer};
use clap::Parser as _;
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use tungstenite::handshake::derive_accept_key;

const LISTENER: Token = Token(usize::MAX);

fn main() -> Result<(), Box<dyn Error>> {
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(Options::parse().addr.parse()?)?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    announce(listener.local_addr()?);
    let mut events = Events::with_capacity(1024);
    let mut server = Server::default();
    server.buffer.resize(64 * 1024, 0);
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    let _ = stream.set_nodelay(true);
                    let token = server.free();
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut stream, token, interest)?;
                    server.connections[token.0] = Some(Connection::new(stream));
                }
                continue;
            }
            let Token(index) = event.token();
            let readable = event.is_readable();
            if server.serve(index, readable).is_none() {
                server.connections[index] = None;
                server.unused.push(index);
            }
        }
    }
}

/// Everything there is.
#[derive(Debug, Default)]
struct Server {
    connections: Vec<Option<Connection>>,
    /// Places of connections that are gone.
    unused: Vec<usize>,
    /// What is read, of whichever connection.
    buffer: Vec<u8>,
    /// Frames for whoever has just sent something, and for everyone.
    answers: Vec<u8>,
    everyone: Vec<u8>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    upgraded: bool,
    /// The beginning of a frame or of a handshake.
    rest: Vec<u8>,
    /// What the socket did not take.
    waiting: Vec<u8>,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            upgraded: false,
            rest: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Option<()> {
        if self.waiting.is_empty() {
            while !bytes.is_empty() {
                match self.stream.write(bytes) {
                    Ok(written) => bytes = &bytes[written..],
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => return None,
                }
            }
        }
        self.waiting.extend(bytes);
        Some(())
    }
}

impl Server {
    fn free(&mut self) -> Token {
        Token(self.unused.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        }))
    }

    /// Serves a connection until it has nothing more. `None`: it is over.
    fn serve(&mut self, index: usize, readable: bool) -> Option<()> {
        let connection = self.connections[index].as_mut()?;
        if !connection.waiting.is_empty() {
            let waiting = std::mem::take(&mut connection.waiting);
            connection.write(&waiting)?;
        }
        while readable && self.read(index)? {}
        Some(())
    }

    /// Reads once. Whether there may be more.
    fn read(&mut self, index: usize) -> Option<bool> {
        let connection = self.connections[index].as_mut()?;
        let kept = connection.rest.len();
        self.buffer[..kept].copy_from_slice(&connection.rest);
        let space = self.buffer.len() - kept;
        let read = match connection.stream.read(&mut self.buffer[kept..]) {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Some(false),
            Err(_) => return None,
        };
        connection.rest.clear();
        let mut bytes = &mut self.buffer[..kept + read];
        self.answers.clear();
        self.everyone.clear();
        if connection.upgraded {
            if bytes.first() == Some(&0x88) {
                // Answered, and over.
                connection.write(&[0x88, 2, 0x03, 0xE8])?;
                return None;
            }
            while let Some((payload, len)) = unmask(bytes)? {
                match answer(&bytes[payload..len]).ok()? {
                    Reply::Sender(text) => frame(&text, &mut self.answers),
                    Reply::Everyone(text) => frame(&text, &mut self.everyone),
                }
                bytes = &mut bytes[len..];
            }
            connection.rest.extend_from_slice(bytes);
        } else if bytes.ends_with(b"\r\n\r\n") {
            handshake(bytes, &mut self.answers)?;
            connection.upgraded = true;
        } else {
            connection.rest.extend_from_slice(bytes);
        }
        // The rest of a frame comes first next time, and does not fill the buffer.
        if connection.rest.len() > self.buffer.len() / 2 {
            return None;
        }
        connection.write(&self.answers)?;
        if !self.everyone.is_empty() {
            // Who fails here is told so by its own event.
            for member in self.connections.iter_mut().flatten() {
                if member.upgraded {
                    let _ = member.write(&self.everyone);
                }
            }
        }
        Some(read == space)
    }
}

fn handshake(request: &[u8], answer: &mut Vec<u8>) -> Option<()> {
    let request = std::str::from_utf8(request).ok()?;
    let key = request.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_key = name.eq_ignore_ascii_case("sec-websocket-key");
        is_key.then(|| value.trim())
    })?;
    let accept = derive_accept_key(key.as_bytes());
    write!(
        answer,
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .ok()
}

/// Where the first frame's payload begins and ends, after unmasking it, if all of it is there. `None`: it is no text.
fn unmask(bytes: &mut [u8]) -> Option<Option<(usize, usize)>> {
    let &[first, second, ..] = &*bytes else {
        return Some(None);
    };
    if first != 0x81 || second < 0x80 {
        return None;
    }
    let (mask, len) = match (second & 0x7F, &*bytes) {
        (126, [_, _, high, low, ..]) => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        (126, _) => return Some(None),
        (127, _) => return None,
        (len, _) => (2, usize::from(len)),
    };
    let payload = mask + 4;
    let Some(masked) = bytes.get_mut(mask..payload + len) else {
        return Some(None);
    };
    let (key, masked) = masked.split_first_chunk_mut::<4>()?;
    let mut words = masked.chunks_exact_mut(4);
    for word in &mut words {
        for (byte, key) in word.iter_mut().zip(*key) {
            *byte ^= key;
        }
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(*key) {
        *byte ^= key;
    }
    Some(Some((payload, payload + len)))
}

fn frame(text: &str, frames: &mut Vec<u8>) {
    frames.push(0x81);
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(len @ 0..=125), _) => frames.push(len),
        (_, Ok(len)) => {
            frames.push(126);
            frames.extend(len.to_be_bytes());
        }
        _ => {
            frames.push(127);
            frames.extend((text.len() as u64).to_be_bytes());
        }
    }
    frames.extend(text.as_bytes());
}
