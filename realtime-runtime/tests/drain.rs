//! The end of a server that serves itself, and what it tells whoever runs it.
#![allow(missing_docs, missing_debug_implementations)]

mod support;

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use realtime_runtime::CloseCode;
use realtime_testing::TestApp;
use support::zoo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tokio_tungstenite::tungstenite::{Message as Frame, client::IntoClientRequest as _};

type Client = tokio_tungstenite::WebSocketStream<TcpStream>;

async fn connect(address: std::net::SocketAddr) -> Client {
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    let origin = format!("http://{address}").parse().unwrap();
    request.headers_mut().insert("origin", origin);
    let stream = TcpStream::connect(address).await.unwrap();
    let connected = tokio_tungstenite::client_async(request, stream).await;
    connected.unwrap().0
}

/// The status of a plain request.
async fn status(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn with_a_server_of_ones_own_connections_are_closed_with_1012_and_it_ends() {
    let (realtime, state) = zoo();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let drained = realtime.drained_after(async { drop(stopped.await) });
    let app = realtime.router().merge(realtime.health());
    let server = tokio::spawn(async move {
        axum::serve(listener, app)
            .with_graceful_shutdown(drained)
            .await
            .unwrap();
    });

    let mut busy = connect(address).await;
    busy.send(Frame::text(r#"{"action":"wait"}"#))
        .await
        .unwrap();
    state.entered.notified().await;
    assert_eq!(status(address, "/health/live").await, "200");
    assert_eq!(status(address, "/health/ready").await, "200");

    let mut idle = connect(address).await;
    stop.send(()).unwrap();
    let closed =
        |frame: Frame| matches!(frame, Frame::Close(Some(frame)) if u16::from(frame.code) == 1012);
    assert!(closed(idle.next().await.unwrap().unwrap()));

    // While the handler in hand goes on, the server says that it does not take anybody any more.
    assert_eq!(status(address, "/health/live").await, "200");
    assert_eq!(status(address, "/health/ready").await, "503");

    state.gate.notify_one();
    let said = busy.next().await.unwrap().unwrap();
    assert_eq!(
        said,
        Frame::text(r#"{"action":"said","payload":{"text":"waited"}}"#)
    );
    assert!(closed(busy.next().await.unwrap().unwrap()));
    assert!(busy.next().await.is_none());
    server.await.unwrap();
    assert_eq!(state.disconnected(), 2);
}

#[tokio::test]
async fn while_it_drains_a_handshake_is_answered_with_503() {
    let (realtime, state) = zoo();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = realtime.router().merge(realtime.health());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut busy = connect(address).await;
    busy.send(Frame::text(r#"{"action":"wait"}"#))
        .await
        .unwrap();
    state.entered.notified().await;
    let drained = tokio::spawn(realtime.drained_after(std::future::ready(())));
    while status(address, "/health/ready").await != "503" {}
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    let origin = format!("http://{address}").parse().unwrap();
    request.headers_mut().insert("origin", origin);
    let stream = TcpStream::connect(address).await.unwrap();
    let refused = tokio_tungstenite::client_async(request, stream).await;
    let Err(tokio_tungstenite::tungstenite::Error::Http(answer)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "1");
    state.gate.notify_one();
    drained.await.unwrap();
    assert_eq!(realtime.connections(), 0);
    server.abort();
}

#[tokio::test]
async fn a_handler_that_does_not_end_is_given_up_in_time_for_on_disconnect() {
    let (realtime, state) = zoo();
    let app = TestApp::new(realtime.clone());
    let mut client = app.connect("/ws").await.unwrap();
    let waits = client.begin_raw(r#"{"action":"wait"}"#).await;
    state.entered.notified().await;
    let drained = realtime.drained_after(std::future::ready(()));
    tokio::join!(drained, app.advance(Duration::from_secs(26)));
    assert_eq!(state.disconnected(), 1);
    assert_eq!(realtime.connections(), 0);
    waits.done().await;
    client.assert_closed(CloseCode::SERVICE_RESTART).await;
}

/// So its handler is in place by the time that anybody is answered.
#[tokio::test]
async fn a_signal_is_looked_for_before_anybody_is_served() {
    for _ in 0..20 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = TcpStream::connect(address).await.unwrap();
        waiting
            .write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let (realtime, _) = zoo();
        let served = realtime.serve_until(listener, realtime.health(), async {});
        served.await.unwrap();
        let mut answer = String::new();
        // Nothing, or an error: nobody has taken the connection.
        let _ = waiting.read_to_string(&mut answer).await;
        assert_eq!(answer, "");
    }
}
