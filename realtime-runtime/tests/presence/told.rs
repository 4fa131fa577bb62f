//! Who is told of what, and when.

use std::time::Duration;

use crate::lobby::{
    Changed, Feel, Feeling, GRACE, Here, Hidden, Hide, INTERVAL, Rename, Renamed, enter, lobby,
    lobby_with, names, settle, totals,
};

#[tokio::test]
async fn the_first_user_finds_itself_counted_and_then_hears_its_own_name() {
    let (_realtime, app) = lobby();
    let mut ann = app.connect("/ws?ann").await.unwrap();
    ann.expect_eq(&Here {
        users: 1,
        connections: 1,
        before: Vec::new(),
    });
    ann.assert_silent();
    app.advance(INTERVAL).await;
    ann.expect_eq(&Changed {
        joined: names(&["ann"]),
        ..totals(1, 1)
    });
    ann.assert_silent();
}

#[tokio::test]
async fn everybody_hears_of_everybody_in_one_frame_for_each_interval() {
    let (_realtime, app) = lobby();
    let mut first = settle(&app, "first").await;
    let mut others = Vec::new();
    for number in 0..10 {
        others.push(enter(&app, &format!("user{number}")).await);
    }
    app.advance(INTERVAL).await;
    let expected = (0..10).map(|number| format!("user{number}")).collect();
    first.expect_eq(&Changed {
        joined: expected,
        ..totals(11, 11)
    });
    first.assert_silent();
    // Everybody gets the same bytes.
    for client in &mut others {
        let expected = (0..10).map(|number| format!("user{number}")).collect();
        client.expect_eq(&Changed {
            joined: expected,
            ..totals(11, 11)
        });
        client.assert_silent();
    }
}

#[tokio::test]
async fn a_newcomer_finds_what_was_told_and_hears_what_is_told_next() {
    let (_realtime, app) = lobby();
    let _ann = settle(&app, "ann").await;
    let _ben = enter(&app, "ben").await;
    let mut eve = app.connect("/ws?eve").await.unwrap();
    eve.expect_eq(&Here {
        users: 3,
        connections: 3,
        before: names(&["ann"]),
    });
    app.advance(INTERVAL).await;
    eve.expect_eq(&Changed {
        joined: names(&["ben", "eve"]),
        ..totals(3, 3)
    });
    eve.assert_silent();
}

#[tokio::test]
async fn who_joins_and_leaves_in_one_interval_is_nobody_to_the_others() {
    let (_realtime, app) = lobby_with(|builder| builder.presence_grace(Duration::ZERO));
    let mut ann = settle(&app, "ann").await;
    for _ in 0..20 {
        enter(&app, "ben").await.disconnect().await;
    }
    let _ben = enter(&app, "ben").await;
    app.advance(INTERVAL).await;
    ann.expect_eq(&Changed {
        joined: names(&["ben"]),
        ..totals(2, 2)
    });
    enter(&app, "eve").await.disconnect().await;
    app.advance(INTERVAL).await;
    ann.assert_silent();
}

#[tokio::test]
async fn what_cannot_be_told_is_told_when_it_can_be() {
    let (_realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    let _ben = enter(&app, "ben").await;
    app.fail_layer();
    app.advance(INTERVAL).await;
    ann.assert_silent();
    app.heal_layer();
    app.advance(Duration::from_secs(1)).await;
    ann.expect_eq(&Changed {
        joined: names(&["ben"]),
        ..totals(2, 2)
    });
    ann.assert_silent();
}

#[tokio::test]
async fn further_tabs_and_their_end_tell_nobody_anything() {
    let (_realtime, app) = lobby();
    let ann = settle(&app, "ann").await;
    let mut second = app.connect("/ws?ann").await.unwrap();
    second.expect_eq(&Here {
        users: 1,
        connections: 2,
        before: names(&["ann"]),
    });
    let third = enter(&app, "ann").await;
    app.advance(GRACE * 2).await;
    ann.assert_silent();
    second.assert_silent();
    second.disconnect().await;
    third.drop_connection().await;
    app.advance(GRACE * 2).await;
    ann.assert_silent();
}

#[tokio::test]
async fn a_reload_tells_nobody_anything() {
    let (_realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    let ben = settle(&app, "ben").await;
    ann.drain();
    ben.disconnect().await;
    app.advance(GRACE - INTERVAL).await;
    let mut ben = app.connect("/ws?ben").await.unwrap();
    ben.expect_eq(&Here {
        users: 2,
        connections: 2,
        before: names(&["ann", "ben"]),
    });
    app.advance(GRACE * 2).await;
    ann.assert_silent();
    ben.assert_silent();
}

#[tokio::test]
async fn who_does_not_come_back_has_left_once_after_the_grace() {
    let (realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    let ben = settle(&app, "ben").await;
    ann.drain();
    ben.disconnect().await;
    assert_eq!(crate::lobby::count(&realtime).await, (2, 1));
    app.advance(GRACE).await;
    assert_eq!(crate::lobby::count(&realtime).await, (1, 1));
    ann.assert_silent();
    app.advance(INTERVAL).await;
    ann.expect_eq(&Changed {
        left: names(&["ben"]),
        ..totals(1, 1)
    });
    app.advance(GRACE * 3).await;
    ann.assert_silent();
}

#[tokio::test]
async fn graces_that_end_in_one_interval_are_one_frame() {
    let (_realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    let others = [enter(&app, "ben").await, enter(&app, "eve").await];
    app.advance(INTERVAL).await;
    ann.drain();
    let [ben, eve] = others;
    ben.disconnect().await;
    app.advance(INTERVAL / 2).await;
    eve.disconnect().await;
    app.advance(GRACE + INTERVAL).await;
    ann.expect_eq(&Changed {
        left: names(&["ben", "eve"]),
        ..totals(1, 1)
    });
    ann.assert_silent();
}

#[tokio::test]
async fn what_somebody_says_last_is_told() {
    let (_realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    let mut ben = settle(&app, "ben").await;
    ann.drain();
    for mood in ["sad", "fine"] {
        let mood = mood.to_owned();
        let answer = ben.request::<Feeling>(Feel { mood }).await;
        assert_eq!(answer, Ok(Feeling { tracked: true }));
    }
    app.advance(INTERVAL).await;
    for client in [&mut ann, &mut ben] {
        client.expect_eq(&Changed {
            updated: names(&["ben is fine"]),
            ..totals(2, 2)
        });
        client.assert_silent();
    }
    let mood = "fine".to_owned();
    ben.send(Feel { mood }).await;
    app.advance(INTERVAL).await;
    ann.assert_silent();
}

#[tokio::test]
async fn the_end_of_the_tab_that_spoke_last_is_told_if_another_says_something_else() {
    let (_realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    let mut tab = settle(&app, "ann").await;
    tab.send(Feel { mood: "sad".into() }).await;
    app.advance(INTERVAL).await;
    ann.drain();
    tab.disconnect().await;
    app.advance(INTERVAL).await;
    ann.expect_eq(&Changed {
        updated: names(&["ann"]),
        ..totals(1, 1)
    });
}

#[tokio::test]
async fn who_leaves_the_group_is_no_longer_present() {
    let (_realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    let mut ben = settle(&app, "ben").await;
    ann.drain();
    assert_eq!(ben.request::<Hidden>(Hide).await, Ok(Hidden));
    let mood = "sad".to_owned();
    let answer = ben.request::<Feeling>(Feel { mood }).await;
    assert_eq!(answer, Ok(Feeling { tracked: false }));
    app.advance(GRACE + INTERVAL).await;
    ann.expect_eq(&Changed {
        left: names(&["ben"]),
        ..totals(1, 1)
    });
    ben.assert_silent();
}

#[tokio::test]
async fn who_is_somebody_else_from_now_on_has_joined_as_that() {
    let (_realtime, app) = lobby();
    let mut ann = settle(&app, "ann").await;
    let mut ben = settle(&app, "ben").await;
    ann.drain();
    let name = "eve".to_owned();
    let answer = ben.request::<Renamed>(Rename { name }).await;
    assert_eq!(answer, Ok(Renamed));
    app.advance(INTERVAL).await;
    ann.expect_eq(&Changed {
        joined: names(&["eve"]),
        ..totals(3, 2)
    });
    app.advance(GRACE).await;
    ann.expect_eq(&Changed {
        left: names(&["ben"]),
        ..totals(2, 2)
    });
}
