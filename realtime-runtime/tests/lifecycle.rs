//! Order, liveness while a handler is busy, cleanup, time. In memory and over TCP where it can differ.
#![allow(missing_docs, missing_debug_implementations)]

mod support;

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use realtime_runtime::{CloseCode, prelude::*};
use realtime_testing::TestApp;
use support::{Bye, Ping, Pong, Shouted, Zoo, zoo, zoo_with};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message as Frame;

type Client =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A client that sends what it likes when it likes, on a real server.
async fn served(
    realtime: &Realtime,
) -> (
    std::net::SocketAddr,
    tokio::sync::oneshot::Sender<()>,
    tokio::task::JoinHandle<()>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (realtime, router) = (realtime.clone(), realtime.router());
    let server = tokio::spawn(async move {
        realtime
            .serve_until(listener, router, async { drop(stopped.await) })
            .await
            .unwrap();
    });
    (address, stop, server)
}

async fn raw(address: std::net::SocketAddr) -> Client {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    request
        .headers_mut()
        .insert("origin", format!("http://{address}").parse().unwrap());
    tokio_tungstenite::connect_async(request).await.unwrap().0
}

async fn next_text(client: &mut Client) -> String {
    loop {
        match client.next().await.unwrap().unwrap() {
            Frame::Text(text) => return text.as_str().to_owned(),
            Frame::Ping(_) | Frame::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn frames_are_handled_one_after_the_other_and_replies_keep_their_order() {
    let (realtime, state) = zoo();
    let (address, _stop, _) = served(&realtime).await;
    let mut client = raw(address).await;
    for frame in [
        r#"{"action":"wait","ref":1}"#,
        r#"{"action":"ping","ref":2}"#,
        r#"{"action":"ping","ref":3}"#,
    ] {
        client.send(Frame::text(frame)).await.unwrap();
    }
    state.entered.notified().await;
    assert_eq!(state.handled(), 0, "the second frame waits for the first");
    state.gate.notify_one();
    assert!(next_text(&mut client).await.ends_with(r#""ref":1}"#));
    assert_eq!(next_text(&mut client).await, r#"{"action":"pong","ref":2}"#);
    assert_eq!(next_text(&mut client).await, r#"{"action":"pong","ref":3}"#);
}

#[tokio::test]
async fn while_a_handler_waits_pings_are_answered_and_pushes_are_written() {
    let (realtime, state) = zoo();
    let (address, _stop, _) = served(&realtime).await;
    let mut client = raw(address).await;
    // In one segment, so that the ping is read together with the frame.
    client
        .feed(Frame::text(r#"{"action":"wait"}"#))
        .await
        .unwrap();
    client
        .feed(Frame::Ping("are you there".into()))
        .await
        .unwrap();
    client.flush().await.unwrap();
    state.entered.notified().await;
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Frame::Pong("are you there".into())
    );
    Group::<Zoo>::new(["all"])
        .send(&realtime.layer(), Shouted { text: "hi".into() })
        .await
        .unwrap();
    assert_eq!(
        next_text(&mut client).await,
        r#"{"action":"shouted","payload":{"text":"hi"}}"#
    );
    state.gate.notify_one();
    assert_eq!(
        next_text(&mut client).await,
        r#"{"action":"said","payload":{"text":"waited"}}"#
    );
}

#[tokio::test]
async fn frames_before_the_peers_close_are_answered_before_it() {
    let (realtime, state) = zoo();
    let (address, _stop, _) = served(&realtime).await;
    let mut client = raw(address).await;
    for frame in [
        Frame::text(r#"{"action":"wait"}"#),
        Frame::text(r#"{"action":"ping"}"#),
        Frame::Close(None),
    ] {
        client.feed(frame).await.unwrap();
    }
    client.flush().await.unwrap();
    state.entered.notified().await;
    state.gate.notify_one();
    assert_eq!(
        next_text(&mut client).await,
        r#"{"action":"said","payload":{"text":"waited"}}"#
    );
    assert_eq!(next_text(&mut client).await, r#"{"action":"pong"}"#);
    assert_eq!(client.next().await.unwrap().unwrap(), Frame::Close(None));
    assert!(client.next().await.is_none());
}

#[tokio::test]
async fn cleanup_runs_once_however_a_connection_ends() {
    for over_tcp in [false, true] {
        let (realtime, state) = zoo();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };

        app.connect("/ws").await.unwrap().disconnect().await;
        assert_eq!(state.disconnected(), 1, "after a close of the client's");

        let mut closing = app.connect("/ws").await.unwrap();
        closing.send(Bye).await;
        closing.expect::<Pong>();
        closing.expect::<Pong>();
        assert_eq!(closing.assert_closed(CloseCode::FORBIDDEN).await, "enough");

        let mut big = app.connect("/ws").await.unwrap();
        big.send_raw("x".repeat(70 * 1024)).await;
        big.assert_closed(CloseCode::TOO_BIG).await;

        drop(app.connect("/ws").await.unwrap());

        let mut last = app.connect("/ws").await.unwrap();
        while state.disconnected() < 4 || realtime.connections() > 1 {
            last.send(Ping).await;
            last.expect::<Pong>();
        }
        last.disconnect().await;
        assert_eq!(state.disconnected(), 5);
        assert_eq!(realtime.connections(), 0);
    }
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_closed_after_35_seconds() {
    for over_tcp in [false, true] {
        let (realtime, state) = zoo();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        let mut silent = app.connect("/ws").await.unwrap();
        let mut alive = app.connect("/ws").await.unwrap();
        silent.half_open();
        app.advance(Duration::from_secs(34)).await;
        assert_eq!(realtime.connections(), 2);
        // Closed at 35 s, and given another second for the answer to the close.
        app.advance(Duration::from_millis(2500)).await;
        assert_eq!(realtime.connections(), 1);
        assert_eq!(state.disconnected(), 1);
        app.advance(Duration::from_secs(3600)).await;
        alive.send(Ping).await;
        alive.expect::<Pong>();
    }
}

#[tokio::test]
async fn who_reads_too_slowly_is_closed_and_the_others_go_on() {
    let (realtime, _) = zoo_with(|builder| builder.outbox(10, 1024 * 1024));
    let (address, _stop, _) = served(&realtime).await;
    let mut slow = raw(address).await;
    let mut quick = raw(address).await;
    let text = "x".repeat(50_000);
    // `slow` never reads: first the buffers of TCP fill, then its outbox.
    while realtime.connections() == 2 {
        Group::<Zoo>::new(["all"])
            .send(&realtime.layer(), Shouted { text: text.clone() })
            .await
            .unwrap();
        next_text(&mut quick).await;
    }
    quick
        .send(Frame::text(r#"{"action":"ping"}"#))
        .await
        .unwrap();
    while next_text(&mut quick).await != r#"{"action":"pong"}"# {}
    let mut heard = 0;
    loop {
        match slow.next().await {
            Some(Ok(Frame::Text(_))) => heard += 1,
            Some(Ok(Frame::Close(frame))) => {
                assert_eq!(
                    u16::from(frame.unwrap().code),
                    CloseCode::SLOW_CONSUMER.as_u16()
                );
                break;
            }
            Some(Ok(_)) => {}
            // Its buffers were full for so long that the close could not be written.
            Some(Err(_)) | None => break,
        }
    }
    assert!(heard > 0);
}

#[tokio::test]
async fn a_drain_finishes_the_frame_in_hand_and_closes_with_1012() {
    let (realtime, state) = zoo();
    let (address, stop, server) = served(&realtime).await;
    let mut busy = raw(address).await;
    let mut idle = raw(address).await;
    busy.send(Frame::text(r#"{"action":"wait"}"#))
        .await
        .unwrap();
    state.entered.notified().await;
    stop.send(()).unwrap();
    let closed =
        |frame: Frame| matches!(frame, Frame::Close(Some(frame)) if u16::from(frame.code) == 1012);
    assert!(closed(idle.next().await.unwrap().unwrap()));
    assert!(idle.next().await.is_none());
    state.gate.notify_one();
    assert_eq!(
        next_text(&mut busy).await,
        r#"{"action":"said","payload":{"text":"waited"}}"#
    );
    assert!(closed(busy.next().await.unwrap().unwrap()));
    assert!(busy.next().await.is_none());
    server.await.unwrap();
    assert_eq!(state.disconnected(), 2);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_client_that_does_not_read_does_not_hold_up_the_drain() {
    let (realtime, state) = zoo_with(|builder| builder.outbox(100_000, 64 * 1024 * 1024));
    let (address, stop, server) = served(&realtime).await;
    let deaf = raw(address).await;
    // More than the buffers of TCP hold on both sides, so that the rest waits in the outbox.
    let event = Shouted {
        text: "x".repeat(50_000),
    };
    for _ in 0..600 {
        Group::<Zoo>::new(["all"])
            .send(&realtime.layer(), event.clone())
            .await
            .unwrap();
    }
    stop.send(()).unwrap();
    // Far less than the 30 s of the drain's deadline, at which it would be cut off without its cleanup.
    let drained = tokio::time::timeout(Duration::from_secs(15), server).await;
    drained.unwrap().unwrap();
    assert_eq!(state.disconnected(), 1);
    drop(deaf);
}
