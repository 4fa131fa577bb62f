//! `JwtAuth` on a connection that stands: the end of a token, and fresh ones.

use std::time::Duration;

use realtime_runtime::{CloseCode, Target, auth::jwt::Jwt};
use realtime_testing::{Communicator, TestApp};
use serde_json::{Value, json};

use crate::tokens::{Me, SECRET, Who, claims_with, in_seconds, inbox, sign};

const MINUTE: Duration = Duration::from_secs(60);
const HALF: Duration = Duration::from_secs(30);

fn both() -> [TestApp; 2] {
    let realtime = || inbox(Jwt::from_secret(SECRET));
    [
        TestApp::new(realtime()),
        TestApp::new(realtime()).over_tcp(),
    ]
}

/// A token of Ann's for a minute, with other claims.
fn token(changes: &Value) -> String {
    let mut claims = claims_with(json!({"exp": in_seconds(60)}));
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    sign(&claims)
}

async fn ann(app: &TestApp) -> Communicator {
    connect(app, &token(&json!({}))).await
}

async fn connect(app: &TestApp, token: &str) -> Communicator {
    let connecting = app.connect("/ws");
    let bearer = format!("Bearer {token}");
    connecting.header("authorization", &bearer).await.unwrap()
}

/// Shows a token; returns the answer.
async fn refresh(client: &mut Communicator, token: &str) -> Value {
    let frame = json!({"action": "refresh", "payload": {"token": token}, "ref": 7});
    client.send_raw(frame.to_string()).await;
    let frames = client.frames();
    let [answer] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert_eq!(
        (&answer["action"], &answer["ref"]),
        (&json!("authentication"), &json!(7))
    );
    answer["payload"].clone()
}

async fn name(client: &mut Communicator) -> String {
    client.send(Who).await;
    client.expect::<Me>().name
}

#[tokio::test]
async fn the_connection_is_closed_when_the_token_expires() {
    for app in both() {
        let mut client = ann(&app).await;
        app.advance(HALF).await;
        assert_eq!(name(&mut client).await, "Ann");
        app.advance(MINUTE).await;
        client.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn the_leeway_counts_for_the_connection_too() {
    let lenient = Jwt::from_secret(SECRET).leeway(MINUTE);
    let app = TestApp::new(inbox(lenient));
    // It has expired, but for the leeway.
    let mut client = connect(&app, &token(&json!({"exp": in_seconds(-10)}))).await;
    app.advance(HALF).await;
    assert_eq!(name(&mut client).await, "Ann");
    app.advance(HALF).await;
    client.assert_closed(CloseCode::UNAUTHENTICATED).await;
}

#[tokio::test]
async fn a_fresh_token_keeps_the_connection_and_replaces_the_identity() {
    for app in both() {
        let mut client = ann(&app).await;
        app.advance(HALF).await;
        let fresh = token(&json!({"name": "Ann Smith", "exp": in_seconds(300)}));
        let answer = refresh(&mut client, &fresh).await;
        assert_eq!(answer["status_code"], 200);
        let expires_in = answer["expires_in"].as_u64().unwrap();
        assert!((290..=300).contains(&expires_in), "{expires_in}");
        assert_eq!(name(&mut client).await, "Ann Smith");
        app.advance(MINUTE).await;
        assert_eq!(name(&mut client).await, "Ann Smith");
        app.advance(5 * MINUTE).await;
        client.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn a_bad_token_is_answered_and_changes_nothing() {
    let expired = token(&json!({"exp": 1}));
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJleHAiOjk5OTk5OTk5OTl9.";
    for app in both() {
        let mut client = ann(&app).await;
        for (bad, detail) in [
            ("", "the token is not valid"),
            ("bad", "the token is not valid"),
            (none, "the token is not valid"),
            (&expired, "the token has expired"),
        ] {
            let answer = refresh(&mut client, bad).await;
            assert_eq!(
                answer,
                json!({"status_code": 401, "status_text": "Unauthorized", "detail": detail})
            );
        }
        app.advance(HALF).await;
        assert_eq!(name(&mut client).await, "Ann");
        app.advance(MINUTE).await;
        client.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn a_token_of_another_user_or_session_or_of_nobody_is_forbidden() {
    let nobody = sign(&claims_with(json!({"sub": null, "exp": in_seconds(300)})));
    for app in both() {
        let mut client = ann(&app).await;
        for other in [
            token(&json!({"sub": "bob", "name": "Bob"})),
            token(&json!({"sid": "2", "name": "Bob"})),
            nobody.clone(),
        ] {
            let answer = refresh(&mut client, &other).await;
            assert_eq!(answer["status_code"], 403, "{answer}");
        }
        assert_eq!(name(&mut client).await, "Ann");
    }
}

#[tokio::test]
async fn who_has_no_name_cannot_become_another_without_one() {
    let nobody = |name| {
        let claims = json!({"sub": null, "sid": null, "name": name, "exp": in_seconds(60)});
        sign(&claims_with(claims))
    };
    for app in both() {
        let mut client = connect(&app, &nobody("One")).await;
        let answer = refresh(&mut client, &nobody("Two")).await;
        assert_eq!(answer["status_code"], 403, "{answer}");
        assert_eq!(name(&mut client).await, "One");
    }
}

#[tokio::test]
async fn user_and_session_can_be_kicked() {
    let realtime = inbox(Jwt::from_secret(SECRET));
    let app = TestApp::new(&realtime);
    for target in [Target::user("ann"), Target::session("1")] {
        let mut client = ann(&app).await;
        assert_eq!(realtime.kick(target, CloseCode::FORBIDDEN, "banned"), 1);
        assert_eq!(client.assert_closed(CloseCode::FORBIDDEN).await, "banned");
    }
}
