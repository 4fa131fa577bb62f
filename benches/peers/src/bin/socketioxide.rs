//! socketioxide as its documentation shows it: a handler for each event, everyone in one room.
//!
//! Its messages are those of Socket.IO, `42["chat",{…}]`, over WebSocket from the first byte on.

use std::error::Error;

use axum::{Router, serve::ListenerExt as _};
use bench_peers::{
    Options, announce_at,
    messages::{
        Broadcast, Chat, Delete, Draft, Edit, Invite, Leave, Locate, Mention, Mute, Pin, React,
        Read, Rename, Report, Search, Status, Topic, Typing, Vote,
    },
};
use clap::Parser as _;
use serde::{Serialize, de::DeserializeOwned};
use socketioxide::{
    SocketIo,
    extract::{Data, SocketRef},
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", connected);
    let app = Router::new().layer(layer);
    let listener = TcpListener::bind(Options::parse().addr).await?;
    let path = "/socket.io/?EIO=4&transport=websocket";
    announce_at(listener.local_addr()?, path);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}

async fn connected(socket: SocketRef) {
    socket.join("room");
    socket.on("broadcast", broadcast);
    echoes::<Chat>(&socket, "chat", "chat_echo");
    echoes::<Typing>(&socket, "typing", "typing_seen");
    echoes::<Read>(&socket, "read", "read_up_to");
    echoes::<Edit>(&socket, "edit", "edited");
    echoes::<Delete>(&socket, "delete", "deleted");
    echoes::<React>(&socket, "react", "reacted");
    echoes::<Pin>(&socket, "pin", "pinned");
    echoes::<Invite>(&socket, "invite", "invited");
    echoes::<Leave>(&socket, "leave", "left");
    echoes::<Rename>(&socket, "rename", "renamed");
    echoes::<Topic>(&socket, "topic", "topic_set");
    echoes::<Status>(&socket, "status", "status_set");
    echoes::<Draft>(&socket, "draft", "draft_saved");
    echoes::<Search>(&socket, "search", "found");
    echoes::<Mention>(&socket, "mention", "mentioned");
    echoes::<Vote>(&socket, "vote", "voted");
    echoes::<Mute>(&socket, "mute", "muted");
    echoes::<Report>(&socket, "report", "reported");
    echoes::<Locate>(&socket, "locate", "located");
    // What comes before its handler is there is lost.
    let _ = socket.emit("ready", &());
}

fn echoes<T: DeserializeOwned + Serialize + Send + Sync + 'static>(
    socket: &SocketRef,
    event: &'static str,
    answer: &'static str,
) {
    socket.on(
        event,
        async move |socket: SocketRef, Data(payload): Data<T>| {
            let _ = socket.emit(answer, &payload);
        },
    );
}

async fn broadcast(socket: SocketRef, Data(payload): Data<Broadcast>) {
    let _ = socket.within("room").emit("room_message", &payload).await;
}
