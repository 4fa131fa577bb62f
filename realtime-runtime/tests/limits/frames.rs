//! What a client may send at once, and how long it may take to ask.

use std::time::Duration;

use realtime_runtime::prelude::*;
use tokio::io::AsyncReadExt as _;

use crate::{
    feed::{Door, Feed},
    raw::{CLOSE, FIN, Server, TEXT, frame, header},
};

fn small_frames() -> Realtime {
    let builder = Realtime::builder()
        .state(Door::default())
        .max_frame_bytes(20)
        .request_timeout(Duration::from_millis(100));
    builder.consumer::<Feed>("/ws").build().unwrap()
}

#[tokio::test]
async fn a_message_may_come_in_frames_and_no_frame_may_be_larger_than_allowed() {
    let server = Server::new(&small_frames()).await;
    let mut client = server.client().await;
    let mut parts = frame(TEXT, br#"{"action":"ping","#);
    parts.extend(frame(FIN, br#""ref":1}"#));
    client.sends(&parts).await;
    let (first, reply) = client.next().await;
    assert_eq!(first, FIN | TEXT);
    assert_eq!(reply, br#"{"action":"pong","ref":1}"#);
    // The header is enough.
    client.sends(&header(FIN | TEXT, 21)).await;
    let (first, reason) = client.next().await;
    assert_eq!(first, FIN | CLOSE);
    assert_eq!(reason[..2], 1009_u16.to_be_bytes());
}

#[tokio::test]
async fn who_takes_too_long_to_ask_is_cut_off() {
    let server = Server::new(&small_frames()).await;
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(9), stream.read_to_end(&mut answer));
    // Before the default of ten seconds.
    assert!(read.await.is_ok());
}
