//! `JwtAuth`: where a token is found, and what is answered.

use realtime_runtime::{
    auth::{
        Optional,
        jwt::{Jwt, JwtAuth},
    },
    prelude::*,
};
use realtime_testing::{Communicator, NotConnected, TestApp};
use serde_json::json;

use crate::{
    closed,
    raw::{CLOSE, FIN, Server, request},
    tokens::{Me, SECRET, Who, claims, claims_with, inbox, sign},
};

fn app() -> TestApp {
    TestApp::new(inbox(Jwt::from_secret(SECRET)))
}

fn both() -> [TestApp; 2] {
    [app(), app().over_tcp()]
}

async fn connect(
    app: &TestApp,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Communicator, NotConnected> {
    let connecting = headers
        .iter()
        .fold(app.connect(path), |connecting, (name, value)| {
            connecting.header(name, value)
        });
    connecting.await
}

async fn is_ann(client: &mut Communicator) {
    client.send(Who).await;
    let me = client.expect::<Me>();
    assert_eq!((me.user.as_deref(), me.name.as_str()), (Some("ann"), "Ann"));
}

#[tokio::test]
async fn a_token_is_found_in_every_source() {
    let token = sign(&claims());
    for app in both() {
        for (path, name, value) in [
            ("/ws", "authorization", format!("Bearer {token}")),
            ("/ws", "authorization", format!("bearer   {token}")),
            ("/ws", "cookie", format!("a=b; jwt={token}; c=d")),
            ("/ws", "sec-websocket-protocol", format!("bearer, {token}")),
            (
                "/ws",
                "sec-websocket-protocol",
                format!("v1,bearer,{token}"),
            ),
            (&format!("/ws?a=b&token={token}"), "x-none", String::new()),
            // Of another scheme, or another's cookie.
            (
                &format!("/ws?token={token}"),
                "authorization",
                "Basic YTpi".to_owned(),
            ),
            (&format!("/ws?token={token}"), "cookie", "jwts=1".to_owned()),
        ] {
            let mut client = connect(&app, path, &[(name, &value)]).await.unwrap();
            is_ann(&mut client).await;
        }
    }
}

#[tokio::test]
async fn no_token_at_all_are_no_credentials() {
    for app in both() {
        let refused = connect(&app, "/ws", &[]).await.unwrap_err();
        assert_eq!(refused, closed(4401, "not signed in"));
    }
}

#[tokio::test]
async fn several_tokens_in_one_source_or_half_a_one_are_refused() {
    let token = sign(&claims());
    let invalid = closed(4401, "the token is not valid");
    for app in both() {
        for (path, name, value) in [
            ("/ws", "authorization", "Bearer".to_owned()),
            ("/ws", "authorization", "Bearer ".to_owned()),
            ("/ws", "cookie", format!("jwt={token}; jwt={token}")),
            ("/ws", "cookie", "jwt=".to_owned()),
            ("/ws", "sec-websocket-protocol", "bearer".to_owned()),
            ("/ws?token=", "x-none", String::new()),
            (
                &format!("/ws?token={token}&token={token}"),
                "x-none",
                String::new(),
            ),
        ] {
            let refused = connect(&app, path, &[(name, &value)]).await.unwrap_err();
            assert_eq!(refused, invalid, "{path} {name}: {value}");
        }
    }
    let server = Server::new(&inbox(Jwt::from_secret(SECRET))).await;
    let bearer = format!("Bearer {token}");
    let changes = [
        ("Authorization", Some(bearer.as_str())),
        ("authorization", Some(bearer.as_str())),
    ];
    let (mut client, _) = server.asks(&request(server.address, &changes)).await;
    client.expect_close(4401).await;
    let twice = format!("bearer, {token}, bearer, {token}");
    let changes = [("Sec-WebSocket-Protocol", Some(twice.as_str()))];
    let (mut client, _) = server.asks(&request(server.address, &changes)).await;
    client.expect_close(4401).await;
}

#[tokio::test]
async fn the_first_source_with_a_token_decides() {
    let (ann, bob) = (sign(&claims()), sign(&claims_with(json!({"sub": "bob"}))));
    let app = app();
    let cookie = format!("jwt={bob}");
    let mut client = connect(
        &app,
        &format!("/ws?token={bob}"),
        &[
            ("authorization", &format!("Bearer {ann}")),
            ("cookie", &cookie),
        ],
    )
    .await
    .unwrap();
    is_ann(&mut client).await;
    let path = format!("/ws?token={ann}");
    let refused = connect(&app, &path, &[("cookie", "jwt=bad")]).await;
    assert_eq!(refused.unwrap_err(), closed(4401, "the token is not valid"));
}

/// The value of the header `Sec-WebSocket-Protocol` of an answer.
fn answered(head: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut values = lines
        .filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"))
        .map(|(_, value)| value.to_owned());
    let first = values.next();
    assert_eq!(values.next(), None, "{head}");
    first
}

#[tokio::test]
async fn the_name_of_the_subprotocol_is_answered_and_never_the_token() {
    let server = Server::new(&inbox(Jwt::from_secret(SECRET))).await;
    let token = sign(&claims());
    let cookie = format!("jwt={token}");
    for (protocols, cookie) in [
        (format!("bearer, {token}"), None),
        (format!("v1, bearer, {token}"), None),
        // A browser that offers subprotocols wants one answered, wherever its token was found.
        (format!("bearer, {token}"), Some(cookie.as_str())),
    ] {
        let changes = [
            ("Sec-WebSocket-Protocol", Some(protocols.as_str())),
            ("Cookie", cookie),
        ];
        let (_, head) = server.asks(&request(server.address, &changes)).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert_eq!(answered(&head).as_deref(), Some("bearer"));
        assert!(!head.contains(&token));
    }
}

#[tokio::test]
async fn a_refused_client_is_answered_a_subprotocol_so_that_it_sees_the_close_code() {
    let server = Server::new(&inbox(Jwt::from_secret(SECRET))).await;
    let expired = sign(&claims_with(json!({"exp": 1})));
    let protocols = format!("bearer, {expired}");
    let changes = [("Sec-WebSocket-Protocol", Some(protocols.as_str()))];
    let (mut client, head) = server.asks(&request(server.address, &changes)).await;
    assert_eq!(answered(&head).as_deref(), Some("bearer"));
    assert!(!head.contains(&expired));
    let mut close = 4401_u16.to_be_bytes().to_vec();
    close.extend_from_slice(b"the token has expired");
    client.expect(FIN | CLOSE, close).await;
}

#[tokio::test]
async fn a_real_client_offers_its_token_as_a_browser_does() {
    use futures_util::StreamExt as _;
    use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

    let server = Server::new(&inbox(Jwt::from_secret(SECRET))).await;
    // It fails where it offers subprotocols and none of them is answered.
    for (token, refused) in [(sign(&claims()), false), ("bad".to_owned(), true)] {
        let mut request = format!("ws://{}/ws", server.address)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        let origin = format!("http://{}", server.address);
        headers.insert("origin", origin.parse().unwrap());
        let protocols = format!("bearer, {token}");
        headers.insert("sec-websocket-protocol", protocols.parse().unwrap());
        let (mut socket, response) = tokio_tungstenite::connect_async(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "bearer");
        if refused {
            let Some(Ok(Message::Close(Some(close)))) = socket.next().await else {
                panic!("no close");
            };
            assert_eq!(u16::from(close.code), 4401);
            assert_eq!(close.reason.as_str(), "the token is not valid");
        } else {
            socket.close(None).await.unwrap();
        }
    }
}

/// Takes the header only, and nothing but what every token has.
pub struct Lobby;

#[consumer(auth = Optional<JwtAuth>, state = Jwt)]
impl Lobby {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let user = cx.identity().as_ref().map(|token| token.subject.as_deref());
        assert!(matches!(user, None | Some(Some("ann"))));
        Ok(Self)
    }
}

#[tokio::test]
async fn by_default_only_the_header_is_looked_at() {
    let builder = Realtime::builder().state(Jwt::from_secret(SECRET));
    let lobby = builder.consumer::<Lobby>("/ws").build().unwrap();
    let app = TestApp::new(lobby);
    let bearer = format!("Bearer {}", sign(&claims()));
    connect(&app, "/ws", &[("authorization", &bearer)])
        .await
        .unwrap();
    let refused = connect(&app, "/ws", &[("authorization", "Bearer bad")]).await;
    assert_eq!(refused.unwrap_err(), closed(4401, "the token is not valid"));
    // Elsewhere it is no token at all.
    let elsewhere = [("cookie", "jwt=bad"), ("x-token", "bad")];
    connect(&app, "/ws?token=bad", &elsewhere).await.unwrap();
}
