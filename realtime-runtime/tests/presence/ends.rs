//! However a connection ends, it is taken out once.

use std::future::IntoFuture as _;

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;

use crate::lobby::{Boom, GRACE, INTERVAL, Lobby, Mood, count, enter, lobby, settle};

/// Everybody's grace is over.
async fn later(app: &TestApp) {
    app.advance(GRACE + INTERVAL).await;
}

#[tokio::test]
async fn a_clean_close_a_lost_connection_and_a_panic_all_end_presence() {
    let (realtime, app) = lobby();
    let clean = enter(&app, "clean").await;
    let lost = enter(&app, "lost").await;
    let mut panics = enter(&app, "panics").await;
    assert_eq!(count(&realtime).await, (3, 3));
    clean.disconnect().await;
    lost.drop_connection().await;
    app.expect_panics();
    panics.send(Boom).await;
    // A panic ends the request, not the connection.
    assert_eq!(count(&realtime).await, (3, 1));
    panics.disconnect().await;
    assert_eq!(count(&realtime).await, (3, 0));
    later(&app).await;
    assert_eq!(count(&realtime).await, (0, 0));
}

#[tokio::test]
async fn whose_network_is_gone_leaves_with_the_heartbeat_and_the_grace() {
    let (realtime, app) = lobby();
    let mut ann = enter(&app, "ann").await;
    ann.half_open();
    app.advance(std::time::Duration::from_secs(36)).await;
    assert_eq!(count(&realtime).await, (1, 0));
    later(&app).await;
    assert_eq!(count(&realtime).await, (0, 0));
}

#[tokio::test]
async fn who_is_refused_after_all_was_never_there_for_long() {
    let (realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    app.expect_panics();
    assert_eq!(
        app.connect("/ws?refused").await.unwrap_err().code(),
        Some(4403)
    );
    assert_eq!(
        app.connect("/ws?broken").await.unwrap_err().code(),
        Some(1011)
    );
    assert_eq!(count(&realtime).await.1, 1);
    later(&app).await;
    assert_eq!(count(&realtime).await, (1, 1));
    ann.drain();
}

#[tokio::test]
async fn a_user_who_is_kicked_leaves_after_the_grace() {
    let (realtime, app) = lobby();
    let mut ann = enter(&app, "ann").await;
    realtime.kick(
        Target::user("ann"),
        CloseCode::UNAUTHENTICATED,
        "signed out",
    );
    app.settled().await;
    ann.assert_closed(CloseCode::UNAUTHENTICATED).await;
    assert_eq!(count(&realtime).await, (1, 0));
    later(&app).await;
    assert_eq!(count(&realtime).await, (0, 0));
}

#[tokio::test]
async fn who_is_present_can_be_asked_from_anywhere() {
    let (realtime, app) = lobby();
    let _ann = enter(&app, "ann").await;
    let ben = enter(&app, "ben").await;
    let _tab = enter(&app, "ann").await;
    ben.disconnect().await;
    let presence = realtime.layer().presence::<Mood>();
    let all = Lobby::all();
    assert!(presence.is_present(&all, "ben").await.unwrap());
    assert!(!presence.is_present(&all, "eve").await.unwrap());
    let ann = presence.get(&all, "ann").await.unwrap().unwrap();
    assert_eq!(ann.connections, 2);
    let said = presence.metadata_of(&all, "ann").await.unwrap();
    assert_eq!(said, [Mood::default(), Mood::default()]);
    let ben = presence.get(&all, "ben").await.unwrap().unwrap();
    assert_eq!((ben.connections, &ben.latest), (0, &Some(Mood::default())));
    let page = presence.list(&all, None, 1).await.unwrap();
    assert_eq!(
        (page.users, page.next.as_deref()),
        (vec![ann.clone()], Some("ann"))
    );
    let page = presence.list(&all, Some("ann"), 9).await.unwrap();
    assert_eq!((page.users, page.next), (vec![ben.clone()], None));
    assert_eq!(presence.all(&all).await.unwrap(), [ann, ben]);
    let other = Group::<Lobby>::new(["other"]);
    assert_eq!(presence.all(&other).await.unwrap(), []);
}

#[tokio::test]
async fn whose_handshake_takes_too_long_is_gone() {
    let (realtime, app) = lobby();
    let _ann = settle(&app, "ann").await;
    let slow = tokio::spawn(app.connect("/ws?slow").into_future());
    while count(&realtime).await != (2, 2) {
        tokio::task::yield_now().await;
    }
    // Everybody is told meanwhile, and what comes for the slow one keeps nobody waiting.
    app.advance(std::time::Duration::from_secs(10)).await;
    assert_eq!(slow.await.unwrap().unwrap_err().code(), Some(1011));
    assert_eq!(count(&realtime).await, (2, 1));
    later(&app).await;
    assert_eq!(count(&realtime).await, (1, 1));
}
