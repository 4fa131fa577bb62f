//! How connections and the whole application end, and what tests may rely on.

use std::time::Duration;

use realtime_runtime::prelude::*;
use realtime_testing::Communicator;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::{
    Transport,
    peer::Peer,
    scenarios,
    support::{Fail, Ping, Pong, Shout, Shouted, State, Wait, zoo},
    until, watched,
};

scenarios! {
    chanx_10_when_the_socket_closes_the_handler_has_a_bound_and_nothing_is_written_after,
    django_14_sending_to_who_has_gone_is_no_panic_and_cleanup_runs_once,
    django_26_who_stays_misses_nothing_while_others_come_and_go,
    django_28_who_says_nothing_for_ten_minutes_stays,
    django_42_a_peer_that_vanishes_is_gone_within_ping_and_pong,
    django_59_a_drain_closes_with_1012_and_ends_in_time,
    django_63_that_nothing_came_is_a_fact_and_the_client_works_on,
    django_66_applications_share_nothing,
}

async fn works(client: &mut Communicator) {
    client.send(Ping).await;
    client.expect::<Pong>();
}

async fn chanx_10_when_the_socket_closes_the_handler_has_a_bound_and_nothing_is_written_after(
    transport: Transport,
) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    // The peer closes: the frame before its close may be answered, within a bound.
    let mut peer = Peer::new(transport, &realtime).await;
    let wait = Frame::text(r#"{"action":"wait"}"#);
    peer.sends([wait, Frame::Close(None)]).await;
    state.entered.notified().await;
    state.gate.notify_one();
    assert!(peer.text().await.contains("waited"));
    assert_eq!(peer.next().await, Some(Frame::Close(None)));
    assert_eq!(peer.next().await, None, "nothing comes after the close");
    until(|| state.disconnected() == 1).await;

    // A handler that goes on for ever is cancelled.
    let mut client = app.connect("/ws").await.unwrap();
    drop(client.begin(Wait).await);
    state.entered.notified().await;
    let closing = tokio::spawn(client.disconnect());
    while !closing.is_finished() {
        tokio::task::yield_now().await;
        app.advance(Duration::from_millis(10)).await;
    }
    watched(closing).await.unwrap();
    assert_eq!((state.disconnected(), realtime.connections()), (2, 0));
}

async fn django_14_sending_to_who_has_gone_is_no_panic_and_cleanup_runs_once(transport: Transport) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    let mut gone = app.connect("/ws").await.unwrap();
    let mut other = app.connect("/ws").await.unwrap();
    drop(gone.begin(Wait).await);
    state.entered.notified().await;
    drop(gone);
    let text = "hi".to_owned();
    let others_only = true;
    // Sent while the handler is still at it, and the peer is not there.
    other.send(Shout { text, others_only }).await;
    state.gate.notify_one();
    until(|| state.disconnected() == 1).await;
    works(&mut other).await;
    other.disconnect().await;
    assert_eq!((state.disconnected(), realtime.connections()), (2, 0));
}

async fn django_26_who_stays_misses_nothing_while_others_come_and_go(transport: Transport) {
    let app = transport.app(&zoo().0);
    let mut stable = app.connect("/ws").await.unwrap();
    let mut speaker = app.connect("/ws").await.unwrap();
    for number in 0..50 {
        let coming = app.connect("/ws").await.unwrap();
        let text = number.to_string();
        let others_only = true;
        speaker.send(Shout { text, others_only }).await;
        match number % 3 {
            0 => coming.disconnect().await,
            1 => drop(coming),
            _ => {
                let mut coming = coming;
                coming.half_open();
            }
        }
    }
    let heard = stable.messages::<Shouted>();
    let heard: Vec<_> = heard.into_iter().map(|shouted| shouted.text).collect();
    let sent: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!(heard, sent);
}

async fn django_28_who_says_nothing_for_ten_minutes_stays(transport: Transport) {
    let (realtime, _) = zoo();
    let app = transport.app(&realtime);
    let mut silent = app.connect("/ws").await.unwrap();
    let mut another = app.connect("/ws").await.unwrap();
    app.advance(Duration::from_secs(600)).await;
    assert_eq!(realtime.connections(), 2);
    let text = "good morning".to_owned();
    let others_only = true;
    another.send(Shout { text, others_only }).await;
    silent.expect::<Shouted>();
}

async fn django_42_a_peer_that_vanishes_is_gone_within_ping_and_pong(transport: Transport) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    let mut alive = app.connect("/ws").await.unwrap();
    let mut vanished = app.connect("/ws").await.unwrap();
    vanished.half_open();
    app.advance(Duration::from_secs(34)).await;
    assert_eq!(realtime.connections(), 2);
    // A ping after 25 s, no pong within 10 s, and a second for the answer to the close.
    app.advance(Duration::from_secs(2)).await;
    assert_eq!((realtime.connections(), state.disconnected()), (1, 1));
    works(&mut alive).await;
}

async fn django_59_a_drain_closes_with_1012_and_ends_in_time(transport: Transport) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    let mut idle = app.connect("/ws").await.unwrap();
    let mut busy = app.connect("/ws").await.unwrap();
    let waits = busy.begin(Wait).await;
    state.entered.notified().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (server, router) = (realtime.clone(), realtime.router());
    let server = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        server.serve_until(listener, router, stopped).await
    });
    stop.send(()).unwrap();
    // Nobody new is let in.
    while idle.closed().is_none() {
        tokio::task::yield_now().await;
        app.advance(Duration::from_millis(1)).await;
    }
    assert_eq!(app.connect("/ws").await.unwrap_err().status(), Some(503));
    idle.assert_closed(CloseCode::SERVICE_RESTART).await;
    // Closes are spread over time.
    app.advance(Duration::from_secs(1)).await;
    assert_eq!(busy.closed(), None, "the frame in hand is finished first");
    state.gate.notify_one();
    waits.done().await;
    assert!(busy.frames()[0].to_string().contains("waited"));
    busy.assert_closed(CloseCode::SERVICE_RESTART).await;
    watched(server).await.unwrap().unwrap();
    assert_eq!((state.disconnected(), realtime.connections()), (2, 0));
    let row = CloseCode::TABLE.iter().find(|row| row.code == 1012);
    assert!(row.unwrap().reconnect, "clients come back");
}

async fn django_63_that_nothing_came_is_a_fact_and_the_client_works_on(transport: Transport) {
    let app = transport.app(&zoo().0);
    let mut client = app.connect("/ws").await.unwrap();
    let mut other = app.connect("/ws").await.unwrap();
    for _ in 0..20 {
        other.send(Ping).await;
        other.expect::<Pong>();
        client.assert_silent();
    }
    other.send(Fail).await;
    client.assert_silent();
    works(&mut client).await;
}

async fn django_66_applications_share_nothing(transport: Transport) {
    let one = |number: usize| async move {
        let (realtime, state): (_, State) = zoo();
        let app = transport.app(&realtime);
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        for round in 0..20 {
            let text = format!("{number}/{round}");
            let others_only = false;
            alice
                .send(Shout {
                    text: text.clone(),
                    others_only,
                })
                .await;
            assert_eq!(bob.messages::<Shouted>(), [Shouted { text }]);
            assert_eq!(realtime.connections(), 2);
        }
        bob.disconnect().await;
        assert_eq!(state.disconnected(), 1);
        app.advance(Duration::from_secs(5)).await;
    };
    let apps: Vec<_> = (0..4).map(|number| tokio::spawn(one(number))).collect();
    for app in apps {
        app.await.unwrap();
    }
}
