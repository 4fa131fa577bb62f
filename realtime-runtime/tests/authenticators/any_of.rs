//! `AnyOf`.

use realtime_runtime::{
    auth::{AnyOf, Authenticator, Either},
    prelude::*,
};
use realtime_testing::TestApp;

use crate::{
    closed,
    fake::{BREAKS, Fake, Known, asked, refreshed},
    raw::{Server, request},
};

type Any = AnyOf<Fake<0>, Fake<1>>;
type Identity = Either<Known, Known>;

fn show(identity: Identity) -> String {
    match identity {
        Either::Left(known) => format!("left {}", known.by),
        Either::Right(known) => format!("right {}", known.by),
    }
}

#[message(action = "who")]
pub struct Who;
#[message(action = "me")]
pub struct Me {
    pub text: String,
}

pub struct Hall;

#[consumer(auth = AnyOf<Fake<0>, Fake<1>>)]
impl Hall {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn who(&mut self, _: Who, cx: &mut Context<'_, Self>) -> Me {
        Me {
            text: show(cx.identity().clone()),
        }
    }
}

fn hall() -> Realtime {
    let builder = Realtime::builder().consumer::<Hall>("/ws");
    builder.build().unwrap()
}

#[tokio::test]
async fn the_second_is_asked_where_the_first_does_not_know_the_client() {
    for (first, second, outcome) in [
        ("ann", "bob", "left ann"),
        ("ann", "error", "left ann"),
        ("none", "bob", "right bob"),
        ("bad", "bob", "right bob"),
        ("none", "none", "no credentials"),
        ("none", "bad", "close 4401 unauthenticated: bad 1"),
        ("bad", "none", "close 4401 unauthenticated: bad 0"),
        ("bad", "bad", "close 4401 unauthenticated: bad 0"),
        ("none", "forbidden", "close 4403 forbidden: forbidden 1"),
        ("bad", "forbidden", "close 4403 forbidden: forbidden 1"),
        ("none", "error", "internal: the secret of the authenticator"),
        ("bad", "error", "internal: the secret of the authenticator"),
        // Any other refusal is the last word.
        ("forbidden", "bob", "close 4403 forbidden: forbidden 0"),
        ("http", "bob", "HTTP 402 Payment Required"),
        ("error", "bob", "internal: the secret of the authenticator"),
    ] {
        let found = asked::<Any>(&[("x-0", first), ("x-1", second)], show).await;
        assert_eq!(found, outcome, "{first}, {second}");
    }
}

#[tokio::test]
async fn it_nests() {
    type Three = AnyOf<AnyOf<Fake<0>, Fake<1>>, Fake<2>>;
    let show = |identity| match identity {
        Either::Left(either) => show(either),
        Either::Right(Known { by, .. }) => format!("third {by}"),
    };
    assert_eq!(asked::<Three>(&[("x-2", "cid")], show).await, "third cid");
    assert_eq!(asked::<Three>(&[("x-1", "bob")], show).await, "right bob");
    assert_eq!(asked::<Three>(&[], show).await, "no credentials");
    let bad = [("x-1", "bad"), ("x-2", "none")];
    assert_eq!(
        asked::<Three>(&bad, show).await,
        "close 4401 unauthenticated: bad 1"
    );
}

#[tokio::test]
async fn everything_else_is_asked_of_the_one_that_knows_the_client() {
    let left: Identity = Either::Left(Known::from("ann/1/60"));
    let right: Identity = Either::Right(Known::from("bob/ended"));
    assert_eq!(Any::user(&left).as_deref(), Some("ann"));
    assert_eq!(Any::session(&right).as_deref(), Some("ended"));
    assert!(Any::expires(&left).is_some());
    assert!(Any::expires(&right).is_none());
    assert!(Any::recheck(&left, &()).await.is_ok());
    assert!(Any::recheck(&right, &()).await.is_err());
    let fresh = refreshed::<Any>(&left, "0:ann/2", show).await;
    assert_eq!(fresh, "left ann/2");
    // A token of the other's kind does not make it the other's client.
    let fresh = refreshed::<Any>(&left, "1:ann/2", show).await;
    assert_eq!(fresh, "close 4401 unauthenticated: not for 0");
    assert_eq!(left.into_inner().by, "ann/1/60");
    // Nor is one asked that takes none.
    type Mixed = AnyOf<Fake<2>, Fake<1>>;
    let refused = refreshed::<Mixed>(&Either::Left(Known::from("ann")), "2:ann", show).await;
    assert_eq!(refused, "close 4403 forbidden: there is nothing to refresh");
    let fresh = refreshed::<Mixed>(&Either::Right(Known::from("bob")), "1:bob/1", show).await;
    assert_eq!(fresh, "right bob/1");
}

#[tokio::test]
async fn one_that_breaks_lets_nobody_in() {
    for app in [TestApp::new(hall()), TestApp::new(hall()).over_tcp()] {
        app.expect_panics();
        for broken in BREAKS {
            for (first, second) in [(broken, "bob"), ("none", broken), ("bad", broken)] {
                let connecting = app.connect("/ws").header("x-0", first);
                let refused = connecting.header("x-1", second).await.unwrap_err();
                assert_eq!(
                    refused,
                    closed(1011, "the server could not set the connection up"),
                    "{first}, {second}"
                );
            }
        }
        let refused = app.connect("/ws").await.unwrap_err();
        assert_eq!(refused, closed(4401, "not signed in"));
        let mut bob = app.connect("/ws").header("x-1", "bob").await.unwrap();
        bob.send(Who).await;
        assert_eq!(bob.expect::<Me>().text, "right bob");
    }
}

#[tokio::test]
async fn a_subprotocol_that_was_selected_in_vain_is_not_answered() {
    let server = Server::new(&hall()).await;
    for (protocols, answer) in [
        (
            "protocol-0, protocol-1",
            "sec-websocket-protocol: protocol-1\r\n",
        ),
        ("protocol-0, other", "http/1.1 400 "),
    ] {
        let changes = [
            ("Sec-WebSocket-Protocol", Some(protocols)),
            ("x-0", Some("bad")),
            ("x-1", Some("bob")),
        ];
        let (_, head) = server.asks(&request(server.address, &changes)).await;
        let head = head.to_ascii_lowercase();
        assert!(head.contains(answer), "{head}");
        assert!(!head.contains("protocol-0"), "{head}");
    }
}
