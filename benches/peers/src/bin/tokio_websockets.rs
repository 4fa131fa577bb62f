//! tokio-websockets without a web framework: `select!` over the socket and a broadcast channel, everything that is ready
//! handled, then one flush.

use std::{error::Error, ops::ControlFlow};

use bench_peers::{Options, Reply, announce, answer};
use clap::Parser as _;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast,
};
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

type Room = broadcast::Sender<Message>;
type Socket = WebSocketStream<TcpStream>;

/// A connection that always has something to read gives way to others after so many messages.
const AT_ONCE: usize = 64;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let room = Room::new(1024);
    let listener = TcpListener::bind(Options::parse().addr).await?;
    announce(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(accept(stream, room.clone()));
    }
}

async fn accept(stream: TcpStream, room: Room) {
    let _ = stream.set_nodelay(true);
    if let Ok((_, socket)) = ServerBuilder::new().accept(stream).await {
        talk(socket, room).await;
    }
}

async fn talk(mut socket: Socket, room: Room) {
    let mut said = room.subscribe();
    // Nothing is fed before all is read: each read flushes what was fed.
    let mut answers = Vec::new();
    loop {
        let flow = tokio::select! {
            message = socket.next() => handle(&mut answers, &room, message),
            message = said.recv() => take(&mut answers, message),
        };
        if flow.is_break() || ready(&mut socket, &mut said, &mut answers, &room).is_break() {
            return;
        }
        for message in answers.drain(..) {
            if socket.feed(message).await.is_err() {
                return;
            }
        }
        if socket.flush().await.is_err() {
            return;
        }
    }
}

/// Handles what else is there already.
fn ready(
    socket: &mut Socket,
    said: &mut broadcast::Receiver<Message>,
    answers: &mut Vec<Message>,
    room: &Room,
) -> ControlFlow<()> {
    for _ in 0..AT_ONCE {
        let Some(message) = socket.next().now_or_never() else {
            break;
        };
        handle(answers, room, message)?;
    }
    for _ in 0..AT_ONCE {
        let Some(message) = said.recv().now_or_never() else {
            break;
        };
        take(answers, message)?;
    }
    ControlFlow::Continue(())
}

fn handle(
    answers: &mut Vec<Message>,
    room: &Room,
    message: Option<Result<Message, tokio_websockets::Error>>,
) -> ControlFlow<()> {
    let Some(Ok(message)) = message else {
        return ControlFlow::Break(());
    };
    let Some(text) = message.as_text() else {
        return ControlFlow::Continue(());
    };
    match answer(text.as_bytes()) {
        Ok(Reply::Sender(text)) => answers.push(Message::text(text)),
        Ok(Reply::Everyone(text)) => {
            let _ = room.send(Message::text(text));
        }
        Err(_) => return ControlFlow::Break(()),
    }
    ControlFlow::Continue(())
}

/// Takes what somebody said. Where that failed, the connection was too slow.
fn take(
    answers: &mut Vec<Message>,
    message: Result<Message, broadcast::error::RecvError>,
) -> ControlFlow<()> {
    match message {
        Ok(message) => {
            answers.push(message);
            ControlFlow::Continue(())
        }
        Err(_) => ControlFlow::Break(()),
    }
}
