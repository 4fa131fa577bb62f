//! Bad input, and how a connection may end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use realtime_runtime::prelude::*;
use realtime_testing::Communicator;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::{
    Transport,
    peer::Peer,
    scenarios,
    support::{Join, Panic, Ping, Pong, Shout, Shouted, zoo},
    until,
};

scenarios! {
    chanx_11_what_is_no_message_is_one_error_and_the_groups_stay,
    chanx_12_a_frame_that_is_too_big_closes_with_1009_and_cleans_up,
    chanx_13_however_a_connection_ends_it_leaves_its_groups_and_says_so_once,
}

fn only_code(client: &mut Communicator) -> Value {
    let mut frames = client.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    frames.remove(0)["payload"]["code"].take()
}

async fn chanx_11_what_is_no_message_is_one_error_and_the_groups_stay(transport: Transport) {
    let app = transport.app(&zoo().0);
    let mut client = app.connect("/ws").await.unwrap();
    let mut other = app.connect("/ws").await.unwrap();
    let group = || "extra".to_owned();
    client.send(Join { group: group() }).await;
    client.expect::<Pong>();
    for (text, code) in [
        ("this is not JSON", "malformed_json"),
        ("", "malformed_json"),
        ("7", "not_an_object"),
        ("null", "not_an_object"),
        ("[{\"action\":\"ping\"}]", "not_an_object"),
    ] {
        client.send_raw(text).await;
        assert_eq!(only_code(&mut client), code, "{text:?}");
    }
    client.send_binary([1, 2, 3]).await;
    assert_eq!(only_code(&mut client), "unsupported_frame");
    let text = "still here".to_owned();
    let others_only = true;
    other.send(Shout { text, others_only }).await;
    assert_eq!(client.messages::<Shouted>().len(), 1);
    client.send(Ping).await;
    client.expect::<Pong>();
}

async fn chanx_12_a_frame_that_is_too_big_closes_with_1009_and_cleans_up(transport: Transport) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    client.send_raw("x".repeat(64 * 1024 + 1)).await;
    client.assert_closed(CloseCode::TOO_BIG).await;
    client.assert_silent();
    assert_eq!((state.disconnected(), realtime.connections()), (1, 0));
}

#[message(action = "left")]
struct Left {
    number: usize,
}

/// Closes from within a handler.
#[message(action = "bye")]
struct Bye;

/// Tells the others when it goes.
struct Mourned {
    number: usize,
}

fn everybody() -> Group<Mourned> {
    Group::new(["everybody"])
}

#[consumer(name = "mourned", state = Arc<AtomicUsize>)]
impl Mourned {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&everybody()).await?;
        cx.join(&Group::new(["another"])).await?;
        Ok(Self {
            number: cx.state().fetch_add(1, Ordering::SeqCst),
        })
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn panic(_: Panic) {
        panic!("as it was asked to");
    }

    #[ws_handler]
    async fn bye(&mut self, _: Bye, cx: &mut Context<'_, Self>) {
        cx.close(CloseCode::NORMAL, "");
    }

    #[event_handler]
    async fn left(event: &Left) -> Left {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        let Self { number } = *self;
        // It is in no group any more, so nobody but the others hears it.
        let sent = everybody().send(cx, Left { number }).await;
        sent.unwrap();
    }
}

async fn chanx_13_however_a_connection_ends_it_leaves_its_groups_and_says_so_once(
    transport: Transport,
) {
    let count = Arc::new(AtomicUsize::new(0));
    let builder = Realtime::builder().state(count).consumer::<Mourned>("/ws");
    let realtime = builder.build().unwrap();
    let app = transport.app(&realtime);
    app.expect_panics();
    let mut witness = app.connect("/ws").await.unwrap();
    let mut number = 0;
    let mut hears = async |witness: &mut Communicator| {
        until(|| realtime.connections() == 1).await;
        let heard = loop {
            witness.send(Ping).await;
            witness.messages::<Pong>();
            let heard = witness.messages::<Left>();
            if !heard.is_empty() {
                break heard;
            }
        };
        number += 1;
        assert_eq!(heard, [Left { number }]);
        witness.send(Ping).await;
        witness.expect::<Pong>();
        witness.assert_silent();
    };

    app.connect("/ws").await.unwrap().disconnect().await;
    hears(&mut witness).await;

    let mut closing = app.connect("/ws").await.unwrap();
    closing.send(Panic).await;
    assert_eq!(only_code(&mut closing), "internal");
    closing.send(Bye).await;
    closing.assert_closed(CloseCode::NORMAL).await;
    hears(&mut witness).await;

    let mut big = app.connect("/ws").await.unwrap();
    big.send_raw("x".repeat(70_000)).await;
    big.assert_closed(CloseCode::TOO_BIG).await;
    hears(&mut witness).await;

    // Without a close, which a peer sees as 1006.
    drop(app.connect("/ws").await.unwrap());
    hears(&mut witness).await;

    // Without a close, and in the middle of something.
    let mut cut = Peer::new(transport, &realtime).await;
    cut.sends([Frame::text(r#"{"action":"panic"}"#)]).await;
    drop(cut);
    hears(&mut witness).await;

    let mut vanished = app.connect("/ws").await.unwrap();
    vanished.half_open();
    app.advance(Duration::from_secs(40)).await;
    hears(&mut witness).await;
}
