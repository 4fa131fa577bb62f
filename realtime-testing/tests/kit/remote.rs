//! Servers elsewhere, known by their completion frames.

use std::net::SocketAddr;

use axum::serve::ListenerExt as _;
use realtime_runtime::prelude::*;
use realtime_testing::TestApp;
use tokio::net::TcpListener;

use crate::room::{Boom, Guests, Ping, Pong, Said, Say, room, said, say};

struct Told;

fn all() -> Group<Told> {
    Group::new(["all"])
}

#[consumer(completions, auth = Guests, output(Said))]
impl Told {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&all()).await?;
        if cx.identity() == "welcome" {
            cx.send(said("welcome")).await?;
        }
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn say(&mut self, say: Say, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        Ok(all().send(cx, said(&say.text)).await?)
    }

    #[ws_handler]
    async fn boom(_: Boom, cx: &mut Context<'_, Self>) {
        cx.close(CloseCode::FORBIDDEN, "enough");
    }

    #[event_handler]
    async fn on_said(event: &Said) -> Said {
        event.clone()
    }
}

async fn serve() -> SocketAddr {
    let realtime = Realtime::builder().consumer::<Told>("/ws").build();
    serve_it(&realtime.unwrap()).await
}

pub(crate) async fn serve_without_completions() -> SocketAddr {
    serve_it(&room().0).await
}

/// A server as it would run elsewhere: no probe reaches it.
async fn serve_it(realtime: &Realtime) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = realtime.router();
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn remote() -> TestApp {
    TestApp::remote(&format!("ws://{}", serve().await))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_waits_for_what_every_client_is_sent() {
    let app = remote().await;
    let mut alice = app.connect("/ws").await.unwrap();
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(app.connect("/ws").await.unwrap());
    }
    for round in 0..100 {
        let text = round.to_string();
        alice.send(say(&text)).await;
        for client in others.iter_mut().chain([&mut alice]) {
            client.expect_eq(&said(&text));
            client.assert_silent();
        }
    }
}

#[tokio::test]
async fn requests_are_answered() {
    let app = remote().await;
    let mut alice = app.connect("/ws").await.unwrap();
    assert_eq!(alice.request::<Pong>(Ping).await, Ok(Pong));
    alice.send_raw("{").await;
    assert_eq!(alice.frames()[0]["payload"]["code"], "malformed_json");
}

#[tokio::test]
async fn connecting_waits_for_what_is_sent_first_and_for_refusals() {
    let app = remote().await;
    for _ in 0..20 {
        let mut alice = app.connect("/ws?user=welcome").await.unwrap();
        alice.expect_eq(&said("welcome"));
        let refused = app.connect("/ws?user=nobody").await.unwrap_err();
        assert_eq!(refused.code(), Some(4401));
        let refused = app.connect("/nowhere").await.unwrap_err();
        assert_eq!(refused.status(), Some(404));
    }
}

#[tokio::test]
async fn a_server_that_closes_ends_the_wait() {
    let app = remote().await;
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send(Boom).await;
    assert_eq!(alice.assert_closed(CloseCode::FORBIDDEN).await, "enough");
}

#[tokio::test]
async fn clients_may_leave_in_every_way() {
    let app = remote().await;
    let mut alice = app.connect("/ws").await.unwrap();
    app.connect("/ws").await.unwrap().disconnect().await;
    app.connect("/ws").await.unwrap().drop_connection().await;
    drop(app.connect("/ws").await.unwrap());
    alice.send(say("hi")).await;
    alice.expect_eq(&said("hi"));
}

#[tokio::test]
async fn a_slow_reader_reads_on() {
    let app = remote().await;
    let mut alice = app.connect("/ws").await.unwrap();
    alice.slow_reader();
    alice.read_on().await;
    assert_eq!(alice.request::<Pong>(Ping).await, Ok(Pong));
}
