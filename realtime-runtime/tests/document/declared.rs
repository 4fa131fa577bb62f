//! The document and the server: nothing is sent that is not declared, and nothing is declared that is not sent.

use std::collections::BTreeSet;

use realtime_runtime::{OutboxPolicy, prelude::*};
use realtime_testing::TestApp;

use crate::zoo::{
    MOUNTS, Mount,
    feed::{Act, Answer, Entry, Feed, Likes, Place, Written},
    mounted,
    shapes::{
        Draw, Drawn, Edit, Forget, LineId, People, Ping, Point, Pointed, Rename, Shapes, Style,
    },
};

fn feed() -> Group<Feed> {
    Group::new(["readers"])
}

fn written(number: u32) -> Written {
    Written {
        entry: Entry {
            number,
            text: "Rain".to_owned(),
            reply_to: None,
            place: Place { row: 1 },
        },
    }
}

#[tokio::test]
async fn every_message_of_the_board_is_sent() {
    let realtime = mounted([MOUNTS[0]]).build().unwrap();
    let app = TestApp::new(&realtime);
    let mut ann = app.connect("/shapes").await.unwrap();
    let point = Point { x: 1, y: 2 };
    ann.send(Ping).await;
    ann.send(Draw {
        from: point,
        to: point,
        width: None,
        line_label: String::new(),
        style: Style::Dashed,
    })
    .await;
    ann.send(Rename("Home".to_owned())).await;
    ann.send(Edit::Move { line: 1, by: point }).await;
    ann.send(Edit::Erase(LineId { line: 1 })).await;
    ann.send(Edit::Clear).await;
    ann.send(Forget).await;
    ann.send_raw(r#"{"action":"nothing"}"#).await;
    let everybody = Group::<Shapes>::new(["everybody"]);
    let layer = realtime.layer();
    everybody.send(&layer, People { count: 1 }).await.unwrap();
    everybody.send(&layer, Pointed { at: point }).await.unwrap();
    everybody.send(&layer, Drawn { line: 7 }).await.unwrap();
    app.settled().await;
    app.gap().await;
    assert_eq!(app.unseen(), [""; 0]);
}

#[tokio::test]
async fn messages_that_were_dropped_are_told_of_as_declared() {
    let builder = mounted([MOUNTS[3]]).outbox_policy(OutboxPolicy::DropOldest);
    let realtime = builder.outbox(4, 1024).build().unwrap();
    let app = TestApp::new(&realtime);
    let mut ann = app.connect("/feeds/weather").await.unwrap();
    ann.slow_reader();
    let layer = realtime.layer();
    for number in 0..5000 {
        let sent = feed().send(&layer, written(number)).await;
        sent.unwrap();
    }
    ann.read_on().await;
    let frames = ann.frames();
    let kinds: BTreeSet<_> = frames
        .iter()
        .map(|frame| frame["type"].as_str().unwrap())
        .collect();
    assert!(kinds.contains("gap"), "{kinds:?}");
    assert!(kinds.contains("entry"), "{kinds:?}");
    let answer = Answer {
        number: 1,
        text: "Snow".to_owned(),
    };
    for act in [Act::Like { number: 1 }, Act::Answer(answer), Act::Leave] {
        ann.send(act).await;
    }
    ann.send_raw(r#"{"type":"nothing"}"#).await;
    let liked = Likes {
        number: 1,
        count: 2,
    };
    feed().send(&layer, liked).await.unwrap();
    app.settled().await;
    assert_eq!(app.unseen(), [""; 0]);
}

/// All that connect without credentials.
#[tokio::test]
async fn every_example_is_answered_as_declared() {
    let open: [Mount; 7] = [
        MOUNTS[0], MOUNTS[1], MOUNTS[2], MOUNTS[3], MOUNTS[4], MOUNTS[5], MOUNTS[6],
    ];
    for policy in [OutboxPolicy::Disconnect, OutboxPolicy::DropOldest] {
        let realtime = mounted(open).outbox_policy(policy).build().unwrap();
        let app = TestApp::new(&realtime);
        let replayed = app.contract(&realtime.asyncapi().unwrap()).await;
        assert!(replayed.sent >= 10, "{replayed:?}");
        assert!(replayed.answers >= 10, "{replayed:?}");
    }
}
