//! axum as its documentation shows it: `select!` over the socket and a broadcast channel, `send` for each message.

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
use tokio::{net::TcpListener, sync::broadcast};

type Room = broadcast::Sender<Utf8Bytes>;

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
    upgrade.on_upgrade(|socket| talk(socket, room))
}

async fn talk(mut socket: WebSocket, room: Room) {
    let mut said = room.subscribe();
    loop {
        let flow = tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(message)) => handle(&mut socket, &room, &message).await,
                Some(Err(_)) | None => ControlFlow::Break(()),
            },
            text = said.recv() => match text {
                Ok(text) => send(&mut socket, text).await,
                // Too slow.
                Err(_) => ControlFlow::Break(()),
            },
        };
        if flow.is_break() {
            return;
        }
    }
}

async fn handle(socket: &mut WebSocket, room: &Room, message: &Message) -> ControlFlow<()> {
    let Message::Text(text) = message else {
        return ControlFlow::Continue(());
    };
    match answer(text.as_bytes()) {
        Ok(Reply::Sender(text)) => send(socket, text.into()).await,
        Ok(Reply::Everyone(text)) => {
            let _ = room.send(text.into());
            ControlFlow::Continue(())
        }
        Err(_) => ControlFlow::Break(()),
    }
}

async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> ControlFlow<()> {
    match socket.send(Message::Text(text)).await {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}
