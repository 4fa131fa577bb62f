//! Who may connect: upgrade, origin, authenticator, permission, kick. In memory and over TCP.
#![allow(missing_docs, missing_debug_implementations)]

mod support;

use std::{
    future::IntoFuture as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{StatusCode, request::Parts};
use realtime_runtime::{auth::Attempt, prelude::*};
use realtime_testing::{NotConnected, TestApp};
use support::{Ping, Pong, both_ways, zoo_with};
use tokio::sync::Notify;

#[derive(Clone, Default)]
struct Door {
    handled: Arc<AtomicUsize>,
    connected: Arc<AtomicUsize>,
    asked: Arc<Notify>,
    answer: Arc<Notify>,
}

#[derive(Clone)]
struct User {
    name: String,
    session: String,
}

/// Believes the header `x-user`.
struct HeaderAuth;

impl Authenticator<Door> for HeaderAuth {
    type Identity = User;

    async fn authenticate(request: &mut Parts, door: &Door) -> Result<User, Reject> {
        let header = |name| {
            request
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let name = header("x-user").ok_or_else(|| Reject::unauthenticated("sign in first"))?;
        match name.as_str() {
            "broken" => Err(std::io::Error::other("the secret of the authenticator"))?,
            "panics" => panic!("the secret of the authenticator"),
            "slow" => {
                door.asked.notify_one();
                door.answer.notified().await;
            }
            "api" => return Err(Reject::http(StatusCode::PAYMENT_REQUIRED)),
            _ => {}
        }
        Ok(User {
            name,
            session: header("x-session").unwrap_or_default(),
        })
    }

    fn user(identity: &User) -> Option<String> {
        Some(identity.name.clone())
    }

    fn session(identity: &User) -> Option<String> {
        Some(identity.session.clone())
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct RoomPath {
    room: u32,
}

#[derive(Clone, Debug, PartialEq)]
struct Room(u32);

struct MayEnter;

impl Permission<Guarded> for MayEnter {
    type Granted = Room;

    async fn check(attempt: Attempt<'_, Guarded>) -> Result<Room, Reject> {
        match attempt.path.room {
            404 => Err(Reject::not_found("there is no such room")),
            403 if attempt.identity.name != "admin" => Err(Reject::forbidden("members only")),
            500 => Err(std::io::Error::other("the secret of the permission"))?,
            room => Ok(Room(room)),
        }
    }
}

struct Guarded;

#[consumer(state = Door, auth = HeaderAuth, permissions(MayEnter), path = RoomPath)]
impl Guarded {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        assert_eq!(cx.granted().0, Room(cx.path().room));
        cx.state().connected.fetch_add(1, Ordering::SeqCst);
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().handled.fetch_add(1, Ordering::SeqCst);
        Pong
    }
}

fn guarded() -> (Realtime, Door) {
    let door = Door::default();
    let builder = Realtime::builder()
        .state(door.clone())
        .consumer::<Guarded>("/rooms/{room}");
    (builder.build().unwrap(), door)
}

fn both() -> [(TestApp, Door); 2] {
    let ((a, door_a), (b, door_b)) = (guarded(), guarded());
    [
        (TestApp::new(&a), door_a),
        (TestApp::new(&b).over_tcp(), door_b),
    ]
}

fn closed(code: u16, reason: &str) -> NotConnected {
    NotConnected::Closed {
        code,
        reason: reason.into(),
    }
}

#[tokio::test]
async fn a_path_that_is_not_mounted_is_404() {
    for app in both_ways() {
        assert_eq!(
            app.connect("/nothing").await.unwrap_err().status(),
            Some(404)
        );
    }
}

#[tokio::test]
async fn a_request_without_an_upgrade_is_told_so() {
    for app in both_ways() {
        let request = http::Request::get("/ws")
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(app.http(request).await.status(), 426);
        let request = http::Request::post("/ws")
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(app.http(request).await.status(), 405);
    }
}

#[tokio::test]
async fn a_missing_empty_null_or_foreign_origin_is_403() {
    for app in both_ways() {
        assert_eq!(
            app.connect("/ws").no_origin().await.unwrap_err().status(),
            Some(403)
        );
        for origin in ["", "null", "https://evil.example", "http://localhost:1"] {
            assert_eq!(
                app.connect("/ws")
                    .origin(origin)
                    .await
                    .unwrap_err()
                    .status(),
                Some(403),
                "{origin:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_listed_origin_connects_and_a_wildcard_fails_the_build() {
    let (realtime, _) = zoo_with(|builder| builder.allowed_origins(["https://example.com"]));
    let app = TestApp::new(&realtime);
    app.connect("/ws")
        .origin("https://example.com")
        .await
        .unwrap();
    assert_eq!(app.connect("/ws").await.unwrap_err().status(), Some(403));
    let wildcard = Realtime::builder()
        .allowed_origins(["*.example.com"])
        .build();
    assert!(
        wildcard
            .unwrap_err()
            .to_string()
            .contains("`*.example.com` is not an origin")
    );
}

#[tokio::test]
async fn any_origin_connects_programs_too() {
    let (realtime, _) = zoo_with(RealtimeBuilder::any_origin);
    TestApp::new(&realtime)
        .connect("/ws")
        .no_origin()
        .await
        .unwrap();
}

#[tokio::test]
async fn the_anonymous_are_closed_with_4401_and_no_handler_runs() {
    for (app, door) in both() {
        let refused = app.connect("/rooms/1").await.unwrap_err();
        assert_eq!(refused, closed(4401, "sign in first"));
        assert_eq!(door.connected.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn an_authenticator_that_fails_refuses_and_tells_nothing() {
    for (app, door) in both() {
        app.expect_panics();
        for user in ["broken", "panics"] {
            let refused = app
                .connect("/rooms/1")
                .header("x-user", user)
                .await
                .unwrap_err();
            assert_eq!(
                refused,
                closed(1011, "the server could not set the connection up"),
                "{user}"
            );
        }
        assert_eq!(door.connected.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn an_authenticator_that_is_too_slow_refuses() {
    let (realtime, door) = guarded();
    let app = TestApp::new(&realtime);
    app.connect("/rooms/1")
        .header("x-user", "ann")
        .await
        .unwrap();
    let waiting = tokio::spawn(
        app.connect("/rooms/1")
            .header("x-user", "slow")
            .into_future(),
    );
    door.asked.notified().await;
    app.advance(std::time::Duration::from_secs(10)).await;
    assert_eq!(waiting.await.unwrap().unwrap_err().code(), Some(1011));
}

#[tokio::test]
async fn reject_http_refuses_the_handshake() {
    for (app, _) in both() {
        assert_eq!(
            app.connect("/rooms/1")
                .header("x-user", "api")
                .await
                .unwrap_err()
                .status(),
            Some(402)
        );
    }
}

#[tokio::test]
async fn a_permission_decides_and_what_it_loads_is_granted() {
    for (app, door) in both() {
        let ann = |path| app.connect(path).header("x-user", "ann");
        assert_eq!(
            ann("/rooms/403").await.unwrap_err(),
            closed(4403, "members only")
        );
        assert_eq!(
            ann("/rooms/404").await.unwrap_err(),
            closed(4404, "there is no such room")
        );
        assert_eq!(ann("/rooms/500").await.unwrap_err().code(), Some(1011));
        assert_eq!(ann("/rooms/none").await.unwrap_err().code(), Some(4404));
        assert_eq!(door.connected.load(Ordering::SeqCst), 0);
        ann("/rooms/7").await.unwrap();
        assert_eq!(door.connected.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_test_says_who_it_is() {
    for (app, _) in both() {
        let user = User {
            name: "admin".into(),
            session: String::new(),
        };
        app.connect("/rooms/403").identity(user).await.unwrap();
    }
}

#[tokio::test]
async fn a_kick_closes_the_connections_of_one_user_or_one_session_only() {
    for over_tcp in [false, true] {
        let (realtime, _) = guarded();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        let connect = |user, session| {
            app.connect("/rooms/1")
                .header("x-user", user)
                .header("x-session", session)
        };
        let mut ann1 = connect("ann", "1").await.unwrap();
        let mut ann2 = connect("ann", "2").await.unwrap();
        let mut bob = connect("bob", "3").await.unwrap();
        assert_eq!(
            realtime.kick(
                Target::session("1"),
                CloseCode::UNAUTHENTICATED,
                "signed out"
            ),
            1
        );
        assert_eq!(
            ann1.assert_closed(CloseCode::UNAUTHENTICATED).await,
            "signed out"
        );
        ann2.send(Ping).await;
        ann2.expect::<Pong>();
        assert_eq!(
            realtime
                .layer()
                .kick(Target::user("ann"), CloseCode::FORBIDDEN, "banned"),
            1
        );
        ann2.assert_closed(CloseCode::FORBIDDEN).await;
        bob.send(Ping).await;
        bob.expect::<Pong>();
    }
}

#[tokio::test]
async fn a_kick_also_ends_a_connection_whose_handshake_is_under_way() {
    let (realtime, door) = guarded();
    let app = TestApp::new(&realtime);
    let waiting = tokio::spawn(
        app.connect("/rooms/1")
            .header("x-user", "slow")
            .header("x-session", "1")
            .into_future(),
    );
    door.asked.notified().await;
    assert_eq!(
        realtime.kick(
            Target::session("1"),
            CloseCode::UNAUTHENTICATED,
            "signed out"
        ),
        0
    );
    door.answer.notify_one();
    // It stood for a moment, or the close came with the answer.
    match waiting.await.unwrap() {
        Ok(mut client) => assert_eq!(
            client.assert_closed(CloseCode::UNAUTHENTICATED).await,
            "signed out"
        ),
        Err(refused) => assert_eq!(refused, closed(4401, "signed out")),
    }
    assert_eq!(door.handled.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_frame_pipelined_behind_a_failing_authentication_never_reaches_a_handler() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let (realtime, door) = guarded();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = realtime.router();
    tokio::spawn(async move { realtime.serve(listener, router).await });
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /rooms/1 HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    let mut bytes = request.into_bytes();
    // A ping message, then a close, both masked with zeros.
    let ping = br#"{"action":"ping"}"#;
    bytes.extend([0x81, 0x80 | ping.len() as u8, 0, 0, 0, 0]);
    bytes.extend(ping);
    bytes.extend([0x88, 0x80, 0, 0, 0, 0]);
    socket.write_all(&bytes).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert!(answer.starts_with(b"HTTP/1.1 101"));
    assert_eq!(
        &answer[end..end + 4],
        &[0x88, 15, 0x11, 0x31],
        "nothing but a close with 4401"
    );
    assert_eq!(door.handled.load(Ordering::SeqCst), 0);
}
