//! Who may connect, and how it is told.

use std::{future::IntoFuture as _, time::Duration};

use http::HeaderMap;
use realtime_runtime::prelude::*;
use realtime_testing::{Communicator, Connecting, NotConnected, TestApp};
use serde_json::json;
use tracing::Level;

use crate::{
    Transport,
    guests::{Entered, Visitor, Welcome, WhoAmI, YouAre, house, house_with},
    log::Log,
    peer::{pipelined, text_then_close},
    scenarios,
    support::{Ping, Pong},
    until,
};

scenarios! {
    chanx_14_who_is_known_hears_so_before_all_else_and_is_in_its_groups_when_the_hook_runs,
    chanx_15_who_is_refused_hears_why_and_is_closed_with_a_code_of_its_own,
    chanx_16_an_authenticator_that_fails_refuses_and_tells_nothing,
    chanx_17_a_frame_behind_a_failing_handshake_reaches_no_handler,
    chanx_18_a_permission_that_denies_or_fails_refuses_wherever_it_stands,
    chanx_19_the_anonymous_are_let_in_where_nobody_asks_who_they_are,
    django_01_without_credentials_the_handshake_succeeds_and_4401_follows,
    django_07_a_session_that_ends_is_closed_within_the_bound_and_others_stay,
    django_08_connections_that_are_set_up_at_once_do_not_see_each_others_data,
    django_09_a_refusal_in_on_connect_leaves_nothing_behind,
    django_65_every_refusal_looks_the_same_in_memory_and_over_tcp,
}

fn connect(app: &TestApp, path: &str, user: &str) -> Connecting {
    app.connect(path).header("x-user", user)
}

/// The only frame, which says why the client is refused, and the reason of the close.
async fn refusal(mut client: Communicator, code: u16) -> (serde_json::Value, String) {
    let reason = client
        .assert_closed(CloseCode::application(code).unwrap_or(CloseCode::INTERNAL))
        .await;
    let mut frames = client.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    (frames.remove(0), reason)
}

fn authentication(status: u16, text: &str, detail: &str) -> serde_json::Value {
    let payload = json!({"status_code": status, "status_text": text, "detail": detail});
    json!({"action": "authentication", "payload": payload})
}

async fn chanx_14_who_is_known_hears_so_before_all_else_and_is_in_its_groups_when_the_hook_runs(
    transport: Transport,
) {
    let app = transport.app(&house().0);
    let mut ann = connect(&app, "/guests/1", "ann").await.unwrap();
    let frames = ann.frames();
    let known = json!({"status_code": 200, "status_text": "OK"});
    assert_eq!(
        frames,
        [
            json!({"action": "authentication", "payload": known}),
            json!({"action": "welcome", "payload": {"name": "ann"}}),
            json!({"action": "entered", "payload": {"name": "ann"}}),
        ]
    );
    let mut bob = connect(&app, "/guests/1", "bob").await.unwrap();
    assert_eq!(bob.messages::<Welcome>().len(), 1);
    assert_eq!(ann.expect::<Entered>().name, "bob");
}

async fn chanx_15_who_is_refused_hears_why_and_is_closed_with_a_code_of_its_own(
    transport: Transport,
) {
    let (realtime, house) = house();
    let app = transport.app(&realtime);
    let anonymous = app.connect("/guests/1").await.unwrap();
    let heard = refusal(anonymous, 4401).await;
    let told = authentication(401, "Unauthorized", "sign in first");
    assert_eq!(heard, (told, "sign in first".into()));

    let no_member = connect(&app, "/guests/403", "ann").await.unwrap();
    let heard = refusal(no_member, 4403).await;
    let told = authentication(403, "Forbidden", "members only");
    assert_eq!(heard, (told, "members only".into()));

    let nowhere = connect(&app, "/guests/404", "ann").await.unwrap();
    let heard = refusal(nowhere, 4404).await;
    let told = authentication(404, "Not Found", "there is no such room");
    assert_eq!(heard, (told, "there is no such room".into()));
    assert_eq!((house.connected(), house.gone()), (0, 0));
}

async fn chanx_16_an_authenticator_that_fails_refuses_and_tells_nothing(transport: Transport) {
    let (realtime, house) = house();
    let app = transport.app(&realtime);
    app.expect_panics();
    for user in ["broken", "panics"] {
        let log = Log::new();
        let client = connect(&app, "/guests/1", user).await.unwrap();
        let (told, reason) = refusal(client, 1011).await;
        assert_eq!(told["payload"]["status_code"], 500);
        let told = told.to_string() + &reason;
        assert!(!told.contains("secret"), "{told}");
        let errors = log.lines(Level::ERROR);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("the secret of the authenticator"));
    }
    assert_eq!(house.connected(), 0);
    assert_eq!(realtime.connections(), 0);
}

async fn chanx_17_a_frame_behind_a_failing_handshake_reaches_no_handler(transport: Transport) {
    let (realtime, house) = house();
    let ping = text_then_close(r#"{"action":"ping"}"#);
    let answer = pipelined(
        transport,
        &realtime,
        "/visitors/1",
        &HeaderMap::new(),
        &ping,
    )
    .await;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let frames = &answer[end.unwrap() + 4..];
    assert!(answer.starts_with(b"HTTP/1.1 101"));
    assert_eq!(frames[..4], [0x88, 15, 0x11, 0x31], "4401 and nothing else");
    assert_eq!(frames.len(), 17);
    assert_eq!((house.connected(), house.handled()), (0, 0));

    let mut known = HeaderMap::new();
    known.insert("x-user", "ann".parse().unwrap());
    pipelined(transport, &realtime, "/visitors/1", &known, &ping).await;
    assert_eq!(house.handled(), 1, "the same bytes of somebody who may");
}

async fn chanx_18_a_permission_that_denies_or_fails_refuses_wherever_it_stands(
    transport: Transport,
) {
    let (realtime, house) = house();
    let app = transport.app(&realtime);
    app.expect_panics();
    for path in ["/visitors", "/again"] {
        for (room, code) in [(403, 4403), (404, 4404), (500, 1011), (501, 1011)] {
            let refused = connect(&app, &format!("{path}/{room}"), "ann").await;
            let refused = refused.unwrap_err();
            assert_eq!(refused.code(), Some(code), "{path}/{room}");
            assert!(!format!("{refused:?}").contains("secret"));
        }
    }
    for path in ["/guests", "/strangers"] {
        for (room, code) in [(403, 4403), (404, 4404), (500, 1011), (501, 1011)] {
            let client = connect(&app, &format!("{path}/{room}"), "ann").await;
            let (told, reason) = refusal(client.unwrap(), code).await;
            assert!(!(told.to_string() + &reason).contains("secret"));
        }
    }
    assert_eq!(house.connected(), 0);
}

async fn chanx_19_the_anonymous_are_let_in_where_nobody_asks_who_they_are(transport: Transport) {
    let app = transport.app(&house().0);
    let mut anonymous = app.connect("/strangers/1").await.unwrap();
    assert_eq!(anonymous.frames()[0]["payload"]["status_code"], 200);
    anonymous.send(Ping).await;
    anonymous.expect::<Pong>();
    anonymous.assert_silent();
}

async fn django_01_without_credentials_the_handshake_succeeds_and_4401_follows(
    transport: Transport,
) {
    let app = transport.app(&house().0);
    let refused = app.connect("/visitors/1").await.unwrap_err();
    let NotConnected::Closed { code, reason } = refused else {
        panic!("a browser does not see {refused:?}");
    };
    assert_eq!((code, &*reason), (4401, "sign in first"));
    let row = CloseCode::TABLE.iter().find(|row| row.code == code);
    assert!(
        !row.unwrap().reconnect,
        "a client does not try a second time"
    );
}

async fn django_07_a_session_that_ends_is_closed_within_the_bound_and_others_stay(
    transport: Transport,
) {
    let minute = Duration::from_secs(60);
    let (realtime, house) = house_with(|builder| builder.recheck_every(minute));
    let app = transport.app(&realtime);
    let ann = |session| connect(&app, "/visitors/1", "ann").header("x-session", session);
    let mut phone = ann("phone").await.unwrap();
    let mut laptop = ann("laptop").await.unwrap();
    app.advance(minute * 3).await;
    house.end("phone");
    app.advance(minute).await;
    assert_eq!(
        phone.assert_closed(CloseCode::UNAUTHENTICATED).await,
        "signed out"
    );
    laptop.send(Ping).await;
    laptop.expect::<Pong>();

    // At once, if the application says so.
    house.end("laptop");
    assert_eq!(realtime.recheck(Target::session("laptop")), 1);
    laptop.assert_closed(CloseCode::UNAUTHENTICATED).await;
    until(|| house.gone() == 2).await;
}

async fn django_08_connections_that_are_set_up_at_once_do_not_see_each_others_data(
    transport: Transport,
) {
    let app = transport.app(&house().0);
    let connecting =
        |path: &'static str, user| tokio::spawn(connect(&app, path, user).into_future());
    let (ann, bob) = (
        connecting("/visitors/1?a", "ann"),
        connecting("/again/2?b", "bob"),
    );
    let (mut ann, mut bob) = (ann.await.unwrap().unwrap(), bob.await.unwrap().unwrap());
    for (client, name, room, query) in [(&mut ann, "ann", 1, "a"), (&mut bob, "bob", 2, "b")] {
        client.send(WhoAmI).await;
        let (name, query) = (name.to_owned(), query.to_owned());
        assert_eq!(client.expect::<YouAre>(), YouAre { name, room, query });
    }
}

async fn django_09_a_refusal_in_on_connect_leaves_nothing_behind(transport: Transport) {
    let (realtime, house) = house_with(|builder| builder.max_connections(1));
    let app = transport.app(&realtime);
    for _ in 0..3 {
        let refused = connect(&app, "/visitors/13", "ann").await.unwrap_err();
        assert_eq!(refused.code(), Some(4403), "its seat is free again");
    }
    assert_eq!((house.connected(), realtime.connections()), (3, 0));
    assert_eq!(house.gone(), 0, "there was nothing to say goodbye to");

    // What was sent to the group of the refused reaches a member of today alone.
    let mut bob = connect(&app, "/visitors/1", "bob").await.unwrap();
    let name = "x".to_owned();
    let visitors = Group::<Visitor>::new(["visitors"]);
    let sent = visitors.send(&realtime.layer(), Entered { name }).await;
    sent.unwrap();
    bob.send(Ping).await;
    assert_eq!(bob.messages::<Entered>().len(), 1);
    bob.disconnect().await;
    assert_eq!(house.gone(), 1);
}

async fn django_65_every_refusal_looks_the_same_in_memory_and_over_tcp(transport: Transport) {
    let app = transport.app(&house().0);
    let ann = |path| connect(&app, path, "ann");
    let attempts = [
        ("no route", ann("/nowhere"), Err(404)),
        ("no origin", ann("/visitors/1").no_origin(), Err(403)),
        (
            "foreign",
            ann("/visitors/1").origin("https://a.b"),
            Err(403),
        ),
        ("anonymous", app.connect("/visitors/1"), Ok(4401)),
        // A client that offers subprotocols sees the code only if one of them is answered.
        (
            "anonymous with a subprotocol",
            app.connect("/visitors/1")
                .header("sec-websocket-protocol", "chat, more"),
            Ok(4401),
        ),
        ("denied", ann("/visitors/403"), Ok(4403)),
        ("no object", ann("/visitors/404"), Ok(4404)),
        ("no number", ann("/visitors/one"), Ok(4404)),
        ("in the hook", ann("/visitors/13"), Ok(4403)),
        ("lookup fails", ann("/visitors/500"), Ok(1011)),
        ("broken", connect(&app, "/visitors/1", "broken"), Ok(1011)),
        ("by status", connect(&app, "/visitors/1", "api"), Err(402)),
        (
            "wrong identity",
            app.connect("/visitors/1").identity("a string"),
            Ok(1011),
        ),
        (
            "version",
            ann("/visitors/1").header("sec-websocket-version", "12"),
            Err(426),
        ),
        (
            "subprotocol",
            ann("/visitors/1").header("sec-websocket-protocol", "chat"),
            Err(400),
        ),
    ];
    for (what, attempt, expected) in attempts {
        let refused = attempt.await.unwrap_err();
        let found = refused.code().ok_or(refused.status().unwrap_or(0));
        assert_eq!(found, expected, "{what}: {refused:?}");
    }
}
