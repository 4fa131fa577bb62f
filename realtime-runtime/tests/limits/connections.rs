//! How long a connection may be silent, and how many there may be. In memory and over TCP.

use std::{future::IntoFuture as _, sync::atomic::Ordering};

use realtime_runtime::prelude::*;
use tracing::Level;

use crate::{
    SECOND,
    feed::{Number, Ping, Pong, Text, Wait, both_ways},
    log::Log,
    until,
};

#[tokio::test]
async fn who_takes_nothing_for_too_long_is_closed_with_1013() {
    for world in both_ways(|builder| {
        let builder = builder.unlimited_frames().no_heartbeat();
        let builder = builder.write_timeout(5 * SECOND);
        builder.outbox(100_000, 64 * 1024 * 1024)
    }) {
        let log = Log::new();
        let mut deaf = world.client().await;
        let mut alive = world.client().await;
        deaf.half_open();
        // More than the buffers of TCP hold.
        let text = "x".repeat(50_000);
        for _ in 0..600 {
            world.publishes(Text { text: text.clone() }).await;
            alive.send(Ping).await;
        }
        world.app.advance(4 * SECOND).await;
        assert_eq!(world.realtime.connections(), 2);
        // Two seconds more for the close to be written.
        world.app.advance(4 * SECOND).await;
        assert_eq!((world.realtime.connections(), world.gone()), (1, 1));
        let lines = log.lines(Level::DEBUG);
        let over = lines.iter().filter(|line| line.contains("code=1013"));
        assert_eq!(over.count(), 1, "{lines:?}");
        assert_eq!(alive.messages::<Text>().len(), 600);
    }
}

#[tokio::test]
async fn who_neither_says_nor_hears_anything_is_closed_with_1000() {
    for world in both_ways(|builder| builder.idle_timeout(60 * SECOND)) {
        let mut client = world.client().await;
        // Pings are exchanged meanwhile.
        world.app.advance(59 * SECOND).await;
        client.send(Ping).await;
        client.expect::<Pong>();
        world.app.advance(59 * SECOND).await;
        world.publishes(Number { number: 1 }).await;
        until(|| !client.messages::<Number>().is_empty()).await;
        world.app.advance(59 * SECOND).await;
        assert_eq!(client.closed(), None);
        world.app.advance(2 * SECOND).await;
        client.assert_closed(CloseCode::NORMAL).await;
        assert_eq!(world.gone(), 1);
    }
}

#[tokio::test]
async fn while_a_handler_is_at_work_nobody_is_idle() {
    for world in both_ways(|builder| builder.idle_timeout(60 * SECOND).no_heartbeat()) {
        let mut client = world.client().await;
        let waits = client.begin(Wait).await;
        world.door.entered.notified().await;
        world.app.advance(150 * SECOND).await;
        assert_eq!(client.closed(), None);
        world.door.open.notify_one();
        waits.done().await;
        client.expect::<Pong>();
        world.app.advance(61 * SECOND).await;
        client.assert_closed(CloseCode::NORMAL).await;
    }
}

#[tokio::test]
async fn beyond_the_most_connections_4429_comes_before_anybody_is_asked() {
    for world in both_ways(|builder| builder.max_connections(2)) {
        let first = world.client().await;
        let mut second = world.client().await;
        for _ in 0..3 {
            let refused = world.connect("ann").await.unwrap_err();
            assert_eq!(refused.code(), Some(4429));
        }
        assert_eq!(world.door.asked.load(Ordering::SeqCst), 2);
        second.send(Ping).await;
        second.expect::<Pong>();
        first.disconnect().await;
        let mut third = world.client().await;
        assert_eq!(world.connect("ann").await.unwrap_err().code(), Some(4429));
        third.half_open();
        world.app.advance(40 * SECOND).await;
        drop(world.client().await);
        until(|| world.gone() == 3).await;
        world.client().await;
    }
}

#[tokio::test]
async fn whoever_is_refused_takes_nobodys_seat() {
    for world in both_ways(|builder| builder.max_connections(1).max_connections_per_user(1)) {
        world.app.expect_panics();
        let connect = |path: &str, user: &str| world.app.connect(path).header("x-user", user);
        for _ in 0..2 {
            for (attempt, expected) in [
                (connect("/ws?panics", "ann"), Ok(1011)),
                (connect("/ws?refused", "ann"), Ok(4403)),
                (connect("/ws", "nobody"), Ok(4401)),
                (connect("/ws", "broken"), Ok(1011)),
                (connect("/ws", "panics"), Ok(1011)),
                (connect("/ws", "api"), Err(402)),
                (connect("/ws", "ann").origin("https://a.b"), Err(403)),
                (
                    connect("/ws", "ann").header("sec-websocket-protocol", "chat"),
                    Err(400),
                ),
                (
                    connect("/ws", "ann").header("sec-websocket-key", "short"),
                    Err(400),
                ),
            ] {
                let refused = attempt.await.unwrap_err();
                let found = refused.code().ok_or(refused.status().unwrap_or(0));
                assert_eq!(found, expected, "{refused:?}");
            }
            // One who leaves while it is asked, and one who takes too long.
            let leaving = tokio::spawn(connect("/ws", "hangs").into_future());
            world.door.entered.notified().await;
            leaving.abort();
            let _ = leaving.await;
            let client = loop {
                match world.connect("ann").await {
                    Ok(client) => break client,
                    Err(refused) => assert_eq!(refused.code(), Some(4429)),
                }
            };
            client.disconnect().await;
            let slow = tokio::spawn(connect("/ws", "hangs").into_future());
            world.door.entered.notified().await;
            world.app.advance(10 * SECOND).await;
            assert_eq!(slow.await.unwrap().unwrap_err().code(), Some(1011));
            world.connect("ann").await.unwrap().disconnect().await;
        }
        assert_eq!(world.realtime.connections(), 0);
    }
}

#[tokio::test]
async fn beyond_the_most_connections_of_a_user_the_next_is_closed_with_4429() {
    for world in both_ways(|builder| builder.max_connections_per_user(2)) {
        let first = world.connect("ann").await.unwrap();
        let mut second = world.connect("ann").await.unwrap();
        assert_eq!(world.connect("ann").await.unwrap_err().code(), Some(4429));
        second.send(Ping).await;
        second.expect::<Pong>();
        // Others, and those of whom nothing is known, are not counted.
        let _bob = world.connect("bob").await.unwrap();
        let _anonymous = [
            world.client().await,
            world.client().await,
            world.client().await,
        ];
        first.disconnect().await;
        let _third = world.connect("ann").await.unwrap();
        assert_eq!(world.connect("ann").await.unwrap_err().code(), Some(4429));
    }
}
