//! axum by somebody who has measured: a read buffer of 4 KiB, everything that is ready handled, then one flush.

use std::{error::Error, ops::ControlFlow};

use axum::{
    Router,
    extract::{
        State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    response::Response,
    routing::any,
    serve::ListenerExt as _,
};
use bench_peers::{Options, Reply, announce, answer};
use clap::Parser as _;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::{net::TcpListener, sync::broadcast};

type Room = broadcast::Sender<Utf8Bytes>;

/// A connection that always has something to read gives way to others after so many messages.
const AT_ONCE: usize = 64;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let room = Room::new(1024);
    let app = Router::new().route("/ws", any(upgrade)).with_state(room);
    let listener = TcpListener::bind(Options::parse().addr).await?;
    announce(listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}

async fn upgrade(upgrade: WebSocketUpgrade, State(room): State<Room>) -> Response {
    upgrade
        .read_buffer_size(4096)
        .on_upgrade(|socket| talk(socket, room))
}

async fn talk(mut socket: WebSocket, room: Room) {
    let mut said = room.subscribe();
    loop {
        let flow = tokio::select! {
            message = socket.next() => handle(&mut socket, &room, message).await,
            text = said.recv() => feed(&mut socket, text.ok()).await,
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
    socket: &mut WebSocket,
    said: &mut broadcast::Receiver<Utf8Bytes>,
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
            Ok(text) => feed(socket, Some(text)).await?,
            Err(broadcast::error::TryRecvError::Empty) => break,
            Err(_) => return ControlFlow::Break(()),
        }
    }
    ControlFlow::Continue(())
}

async fn handle(
    socket: &mut WebSocket,
    room: &Room,
    message: Option<Result<Message, axum::Error>>,
) -> ControlFlow<()> {
    let text = match message {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(_)) => return ControlFlow::Continue(()),
        Some(Err(_)) | None => return ControlFlow::Break(()),
    };
    match answer(text.as_bytes()) {
        Ok(Reply::Sender(text)) => feed(socket, Some(text.into())).await,
        Ok(Reply::Everyone(text)) => {
            let _ = room.send(text.into());
            ControlFlow::Continue(())
        }
        Err(_) => ControlFlow::Break(()),
    }
}

/// Writes without a flush. Without a text, the connection was too slow.
async fn feed(socket: &mut WebSocket, text: Option<Utf8Bytes>) -> ControlFlow<()> {
    let Some(text) = text else {
        return ControlFlow::Break(());
    };
    match socket.feed(Message::Text(text)).await {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}
