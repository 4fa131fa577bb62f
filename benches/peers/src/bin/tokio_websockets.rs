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
    loop {
        let flow = tokio::select! {
            message = socket.next() => handle(&mut socket, &room, message).await,
            message = said.recv() => feed(&mut socket, message.ok()).await,
        };
        if flow.is_break() || ready(&mut socket, &mut said, &room).await.is_break() {
            return;
        }
        if socket.flush().await.is_err() {
            return;
        }
    }
}

/// Handles what else is there already.
async fn ready(
    socket: &mut Socket,
    said: &mut broadcast::Receiver<Message>,
    room: &Room,
) -> ControlFlow<()> {
    for _ in 0..AT_ONCE {
        let Some(message) = socket.next().now_or_never() else {
            break;
        };
        handle(socket, room, message).await?;
    }
    for _ in 0..AT_ONCE {
        match said.try_recv() {
            Ok(message) => feed(socket, Some(message)).await?,
            Err(broadcast::error::TryRecvError::Empty) => break,
            Err(_) => return ControlFlow::Break(()),
        }
    }
    ControlFlow::Continue(())
}

async fn handle(
    socket: &mut Socket,
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
        Ok(Reply::Sender(text)) => feed(socket, Some(Message::text(text))).await,
        Ok(Reply::Everyone(text)) => {
            let _ = room.send(Message::text(text));
            ControlFlow::Continue(())
        }
        Err(_) => ControlFlow::Break(()),
    }
}

/// Writes without a flush. Without a message, the connection was too slow.
async fn feed(socket: &mut Socket, message: Option<Message>) -> ControlFlow<()> {
    let Some(message) = message else {
        return ControlFlow::Break(());
    };
    match socket.feed(message).await {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}
