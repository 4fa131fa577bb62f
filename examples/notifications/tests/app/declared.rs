//! The document and the program: nothing is sent that is not declared, and nothing is declared that is not sent.

use std::sync::LazyLock;

use notifications::ASYNCAPI;
use notifications_contract::messages::{MarkAllRead, MarkRead, Ping};
use presence_contract::PATH as PRESENCE;
use presence_contract::messages::{Presence, Roster, SetStatus, SomebodyTypes, Typing, Who};
use realtime_asyncapi::Document;
use realtime_asyncapi::frames::{ChannelFrames, Frames};
use serde_json::json;

use crate::client::app;
use crate::consumer::User;
use crate::socket::PATH;

static FRAMES: LazyLock<Frames> = LazyLock::new(|| Frames::new(&document()).unwrap());

fn document() -> Document {
    Document::from_json(ASYNCAPI).unwrap()
}

/// The frames of the example's socket.
pub(crate) fn notifications() -> &'static ChannelFrames {
    FRAMES.at(PATH).unwrap()
}

#[tokio::test]
async fn every_message_that_is_declared_is_sent() {
    let program = app().await;
    let ann = User::signed_in(&program, "ann").await;
    let (mut here, _) = ann.tab().await;
    let id = ann.fire(&json!({})).await.id;
    here.send(MarkRead { id }).await;
    here.send(MarkRead { id: id + 1 }).await;
    here.send(MarkAllRead).await;
    here.send(Ping).await;
    presence(&ann).await;
    assert_eq!(ann.app.unseen(), [""; 0]);
}

/// The other consumer, which the program mounts as it comes.
async fn presence(ann: &User) {
    let open = || ann.app.connect(PRESENCE).header("cookie", &ann.cookie);
    let (mut here, mut there) = (open().await.unwrap(), open().await.unwrap());
    assert_eq!(here.expect::<Presence>().users, 1);
    let status = "away".to_owned();
    here.send(SetStatus { status }).await;
    here.send(SetStatus {
        status: String::new(),
    })
    .await;
    there.expect::<Presence>();
    let roster = there.request::<Roster>(Who).await.unwrap();
    assert_eq!(roster.users[0].status, "away");
    here.send(Typing).await;
    there.expect::<SomebodyTypes>();
    ann.app.gap().await;
}

#[tokio::test]
async fn every_example_is_answered_as_the_document_says() {
    let program = app().await;
    let ann = User::signed_in(&program, "ann").await;
    let cookie = ann.cookie.clone();
    let replayed = ann
        .app
        .contract(&document())
        .connecting(move |connecting| connecting.header("cookie", &cookie))
        .await;
    assert_eq!((replayed.sent, replayed.answers), (6, 4));
    assert_eq!(replayed.without_example, [""; 0]);
}
