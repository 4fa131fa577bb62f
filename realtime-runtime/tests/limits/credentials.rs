//! Who a client is, while its connection stands: expiry, fresh tokens, re-checks. In memory and over TCP.

use std::sync::atomic::Ordering;

use realtime_runtime::prelude::*;
use realtime_testing::{Communicator, NotConnected};
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    SECOND,
    desk::{Ping, Pong, Token, Wait, Which, both_ways},
    log::Log,
    until,
};

async fn answer(client: &mut Communicator, frame: Value) -> Value {
    client.send_raw(frame.to_string()).await;
    let mut frames = client.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    frames.remove(0)
}

async fn refresh(client: &mut Communicator, token: &str) -> Value {
    let payload = json!({"token": token});
    let frame = json!({"action": "refresh", "payload": payload, "ref": 5});
    let mut answer = answer(client, frame).await;
    assert_eq!(
        (&answer["action"], &answer["ref"]),
        (&json!("authentication"), &json!(5))
    );
    answer["payload"].take()
}

async fn which(client: &mut Communicator) -> String {
    client.send(Which).await;
    client.expect::<Token>().token
}

#[tokio::test]
async fn credentials_that_expire_end_the_connection_with_4401() {
    for world in both_ways(|builder| builder) {
        let mut short = world.client("ann:60").await;
        let mut long = world.client("bob:600").await;
        let mut never = world.client("carol").await;
        world.app.advance(50 * SECOND).await;
        short.send(Ping).await;
        short.expect::<Pong>();
        world.app.advance(11 * SECOND).await;
        let reason = short.assert_closed(CloseCode::UNAUTHENTICATED).await;
        assert_eq!(reason, "the credentials have expired");
        assert_eq!(world.desk.gone(), 1);
        world.app.advance(1000 * SECOND).await;
        long.assert_closed(CloseCode::UNAUTHENTICATED).await;
        assert_eq!(world.desk.gone(), 2);
        never.send(Ping).await;
        never.expect::<Pong>();
    }
}

#[tokio::test]
async fn credentials_that_expire_do_not_wait_for_the_handler_in_hand() {
    for world in both_ways(|builder| builder) {
        let mut client = world.client("ann:60").await;
        let waits = client.begin(Wait).await;
        world.desk.entered.notified().await;
        world.app.advance(61 * SECOND).await;
        client.assert_closed(CloseCode::UNAUTHENTICATED).await;
        assert_eq!(world.desk.gone(), 0, "it has a bound of its own");
        world.app.advance(5 * SECOND).await;
        waits.done().await;
        until(|| world.desk.gone() == 1).await;
        client.assert_silent();
    }
}

#[tokio::test]
async fn credentials_that_have_expired_do_not_connect() {
    for world in both_ways(|builder| builder) {
        let refused = world.connect("/plain", "ann:-1").await.unwrap_err();
        let reason = "the credentials have expired".to_owned();
        assert_eq!(refused, NotConnected::Closed { code: 4401, reason });
    }
}

#[tokio::test]
async fn a_fresh_token_prolongs_the_connection() {
    for world in both_ways(|builder| builder) {
        let mut client = world.client("ann:60").await;
        world.app.advance(50 * SECOND).await;
        let told = refresh(&mut client, "ann:60:second").await;
        assert_eq!(told["status_code"], 200);
        assert!(
            matches!(told["expires_in"].as_u64(), Some(58..=60)),
            "{told}"
        );
        assert_eq!(which(&mut client).await, "ann:60:second");
        world.app.advance(50 * SECOND).await;
        // One that does not expire any more.
        assert_eq!(
            refresh(&mut client, "ann").await,
            json!({"status_code": 200, "status_text": "OK"})
        );
        world.app.advance(1000 * SECOND).await;
        assert_eq!(which(&mut client).await, "ann");
    }
}

#[tokio::test]
async fn a_fresh_token_without_what_was_granted_is_refused() {
    for world in both_ways(|builder| builder) {
        let mut client = world.client("ann").await;
        world.desk.says("room", "banned");
        let answer = refresh(&mut client, "ann::second").await;
        assert_eq!(answer["status_code"], 403);
        assert_eq!(which(&mut client).await, "ann");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_changes_nothing() {
    for world in both_ways(|builder| builder) {
        let mut client = world.client("ann:60").await;
        for (token, status) in [
            ("bad", 401),
            ("", 401),
            ("bob:600", 403),
            ("broken", 500),
            ("panics", 500),
        ] {
            let told = refresh(&mut client, token).await;
            assert_eq!(told["status_code"], status, "{told}");
            assert!(!told.to_string().contains("secret"));
            assert_eq!(which(&mut client).await, "ann:60");
        }
        let refresh = json!({"action": "refresh", "payload": {"tocken": "ann"}, "ref": 6});
        let told = answer(&mut client, refresh).await;
        assert_eq!(told["payload"]["code"], "invalid_payload");
        assert_eq!(told["payload"]["fields"][0]["path"], "token");
        assert_eq!(told["ref"], 6);
        world.app.advance(61 * SECOND).await;
        client.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn where_nobody_takes_fresh_tokens_refresh_is_unknown() {
    for world in both_ways(|builder| builder) {
        let mut client = world.connect("/plain", "ann").await.unwrap();
        let refresh = json!({"action": "refresh", "payload": {"token": "ann"}});
        let told = answer(&mut client, refresh).await;
        assert_eq!(told["payload"]["code"], "unknown_action");
        client.send(Ping).await;
        client.expect::<Pong>();
    }
}

#[tokio::test]
async fn a_flat_consumer_is_told_flat() {
    for world in both_ways(|builder| builder) {
        let mut client = world.connect("/flat", "ann").await.unwrap();
        let known = |more: Value| {
            let mut known =
                json!({"type": "authentication", "status_code": 200, "status_text": "OK"});
            known
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            known
        };
        assert_eq!(client.frames(), [known(json!({}))]);
        let refresh = json!({"type": "refresh", "token": "ann", "ref": "r"});
        assert_eq!(
            answer(&mut client, refresh).await,
            known(json!({"ref": "r"}))
        );
        let mut refused = world.connect("/flat", "bad").await.unwrap();
        let told = json!({
            "type": "authentication", "status_code": 401, "status_text": "Unauthorized",
            "detail": "a bad token"
        });
        assert_eq!(refused.frames(), [told]);
        refused.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn one_too_many_is_told_so_with_429() {
    for world in both_ways(|builder| builder.max_connections_per_user(1)) {
        let _first = world.client("ann").await;
        let mut second = world.connect("/ws", "ann").await.unwrap();
        let told = second.frames().remove(0);
        assert_eq!(told["payload"]["status_code"], 429);
        second.assert_closed(CloseCode::TOO_MANY).await;
        assert_eq!(world.desk.gone(), 0);
    }
}

#[tokio::test]
async fn who_may_not_be_here_any_more_is_closed_by_the_clock() {
    for world in both_ways(|builder| builder.recheck_every(60 * SECOND)) {
        let mut ann = world.client("ann").await;
        let mut bob = world.client("bob").await;
        world.app.advance(29 * SECOND).await;
        assert_eq!(world.desk.asked.load(Ordering::SeqCst), 0);
        world.app.advance(31 * SECOND).await;
        // Each for the user and for the room.
        assert_eq!(world.desk.asked.load(Ordering::SeqCst), 4);
        world.desk.says("ann", "banned");
        world.app.advance(60 * SECOND).await;
        assert_eq!(ann.assert_closed(CloseCode::FORBIDDEN).await, "banned");
        assert_eq!((world.desk.gone(), world.realtime.connections()), (1, 1));
        // What a permission has loaded is asked for, too.
        world.desk.says("room", "http");
        world.app.advance(60 * SECOND).await;
        bob.assert_closed(CloseCode::NOT_FOUND).await;
    }
}

#[tokio::test]
async fn who_may_not_be_here_any_more_is_closed_when_the_application_says_so() {
    for world in both_ways(|builder| builder) {
        let mut phone = world.client("ann").await;
        let mut laptop = world.client("ann").await;
        let mut bob = world.client("bob").await;
        assert_eq!(world.realtime.recheck(Target::user("ann")), 2);
        for client in [&mut phone, &mut laptop, &mut bob] {
            client.send(Ping).await;
            client.expect::<Pong>();
        }
        assert_eq!(world.desk.asked.load(Ordering::SeqCst), 4);
        world.desk.says("ann", "signed out");
        world.desk.says("bob", "signed out");
        assert_eq!(world.realtime.layer().recheck(Target::user("ann")), 2);
        for client in [&mut phone, &mut laptop] {
            let reason = client.assert_closed(CloseCode::UNAUTHENTICATED).await;
            assert_eq!(reason, "signed out");
        }
        bob.send(Ping).await;
        bob.expect::<Pong>();
        assert_eq!(world.realtime.recheck(Target::user("nobody")), 0);
    }
}

#[tokio::test]
async fn a_recheck_that_fails_closes_with_1011_and_tells_nothing() {
    for world in both_ways(|builder| builder) {
        for verdict in ["broken", "panics", "hangs"] {
            let log = Log::new();
            let user = format!("user-{verdict}");
            let mut client = world.client(&user).await;
            world.desk.says(&user, verdict);
            world.realtime.recheck(Target::user(&user));
            if verdict == "hangs" {
                while client.closed().is_none() {
                    tokio::task::yield_now().await;
                    world.app.advance(SECOND).await;
                }
            }
            let reason = client.assert_closed(CloseCode::INTERNAL).await;
            assert!(!reason.contains("secret"), "{reason}");
            client.assert_silent();
            assert_eq!(log.lines(Level::ERROR).len(), 1, "{verdict}");
        }
    }
}

#[tokio::test]
async fn a_recheck_waits_for_the_handler_in_hand() {
    for world in both_ways(|builder| builder) {
        let mut client = world.client("ann").await;
        let waits = client.begin(Wait).await;
        world.desk.entered.notified().await;
        world.desk.says("ann", "banned");
        world.realtime.recheck(Target::user("ann"));
        world.app.advance(5 * SECOND).await;
        assert_eq!(client.closed(), None);
        world.desk.open.notify_one();
        waits.done().await;
        client.expect::<Pong>();
        client.assert_closed(CloseCode::FORBIDDEN).await;
    }
}
