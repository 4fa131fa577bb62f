//! `Optional`.

use realtime_runtime::{
    auth::{AnyOf, Authenticator, Either, Optional},
    prelude::*,
};
use realtime_testing::TestApp;

use crate::{
    closed,
    fake::{BREAKS, Fake, Known, asked, refreshed},
    raw::{Server, request},
};

type Maybe = Optional<Fake<0>>;

fn show(known: Option<Known>) -> String {
    known.map_or("nobody".to_owned(), |known| known.by)
}

#[tokio::test]
async fn only_who_shows_nothing_is_nobody() {
    for (text, outcome) in [
        ("ann", "ann"),
        ("none", "nobody"),
        ("bad", "close 4401 unauthenticated: bad 0"),
        ("forbidden", "close 4403 forbidden: forbidden 0"),
        ("error", "internal: the secret of the authenticator"),
    ] {
        assert_eq!(asked::<Maybe>(&[("x-0", text)], show).await, outcome);
    }
}

#[tokio::test]
async fn around_several_it_lets_nobody_in_whose_credentials_are_bad_for_one() {
    type MaybeAny = Optional<AnyOf<Fake<0>, Fake<1>>>;
    let show = |known: Option<Either<Known, Known>>| show(known.map(Either::into_inner));
    assert_eq!(asked::<MaybeAny>(&[], show).await, "nobody");
    let bad = asked::<MaybeAny>(&[("x-0", "bad")], show).await;
    assert_eq!(bad, "close 4401 unauthenticated: bad 0");
}

#[tokio::test]
async fn a_stranger_has_nothing_that_expires_or_could_be_renewed() {
    let ann = Some(Known::from("ann/1/60"));
    assert_eq!(Maybe::user(&ann).as_deref(), Some("ann"));
    assert_eq!(Maybe::session(&ann).as_deref(), Some("1"));
    assert!(Maybe::expires(&ann).is_some());
    assert_eq!(Maybe::user(&None), None);
    assert_eq!(Maybe::session(&None), None);
    assert_eq!(Maybe::expires(&None), None);
    assert!(Maybe::recheck(&None, &()).await.is_ok());
    let ended = Some(Known::from("ann/ended"));
    assert!(Maybe::recheck(&ended, &()).await.is_err());
    let fresh = refreshed::<Maybe>(&ann, "0:ann/1", show).await;
    assert_eq!(fresh, "ann/1");
    let refused = refreshed::<Maybe>(&None, "0:ann", show).await;
    assert_eq!(refused, "close 4403 forbidden: there is nothing to refresh");
}

pub struct Lobby;

#[consumer(auth = Optional<Fake<0>>)]
impl Lobby {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

#[tokio::test]
async fn one_that_breaks_lets_nobody_in() {
    let lobby = || {
        Realtime::builder()
            .consumer::<Lobby>("/ws")
            .build()
            .unwrap()
    };
    for app in [TestApp::new(lobby()), TestApp::new(lobby()).over_tcp()] {
        app.expect_panics();
        for broken in BREAKS {
            let refused = app.connect("/ws").header("x-0", broken).await.unwrap_err();
            assert_eq!(
                refused,
                closed(1011, "the server could not set the connection up")
            );
        }
        app.connect("/ws").await.unwrap();
    }
}

#[tokio::test]
async fn a_subprotocol_that_was_selected_for_a_stranger_is_not_answered() {
    let lobby = Realtime::builder()
        .consumer::<Lobby>("/ws")
        .build()
        .unwrap();
    let server = Server::new(&lobby).await;
    for (user, answer) in [
        (None, "HTTP/1.1 400 "),
        (Some("ann"), "sec-websocket-protocol: protocol-0\r\n"),
    ] {
        let changes = [
            ("Sec-WebSocket-Protocol", Some("other, protocol-0")),
            ("x-0", user),
        ];
        let (_, head) = server.asks(&request(server.address, &changes)).await;
        assert!(head.contains(answer), "{head}");
    }
}
