//! Connecting, asking and looking at what came.

use realtime_testing::{Direction, ErrorReply};

use crate::room::{Count, List, Number, Ping, Pong, Refuse, Said, both, said, say};

#[tokio::test]
async fn a_request_takes_its_reply_and_leaves_the_rest() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        alice.send(say("before")).await;
        assert_eq!(alice.request::<Pong>(Ping).await, Ok(Pong));
        alice.expect_eq(&said("before"));
        alice.assert_silent();
    }
}

#[tokio::test]
async fn a_request_that_is_refused_is_an_error() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        let refused: ErrorReply = alice.request::<Pong>(Refuse).await.unwrap_err();
        assert_eq!((&*refused.code, &*refused.detail), ("no", "Not today."));
        alice.assert_silent();
    }
}

#[tokio::test]
async fn try_next_takes_what_is_there_and_does_not_wait() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        alice.send(List { to: 1 }).await;
        assert_eq!(alice.try_next(), Some(Number { number: 1 }));
        assert_eq!(alice.try_next::<Number>(), None);
    }
}

#[tokio::test]
async fn next_waits_for_what_comes_over_time() {
    for (app, state) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        let counting = alice.begin(Count { to: 2 }).await;
        assert_eq!(alice.next::<Number>().await, Number { number: 1 });
        state.gate.notify_one();
        assert_eq!(alice.next::<Number>().await, Number { number: 2 });
        counting.done().await;
        alice.assert_silent();
    }
}

#[tokio::test]
async fn what_was_drained_is_not_seen_again() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        alice.send(Ping).await;
        assert_eq!(alice.drain(), [r#"{"action":"pong"}"#]);
        alice.assert_silent();
    }
}

#[tokio::test]
async fn an_expected_value_may_be_the_reply_to_a_request_with_a_ref() {
    let [(app, _), _] = both();
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send_with_ref(Ping, 7).await;
    alice.expect_eq(&Pong);
}

#[tokio::test]
async fn cookies_reach_the_authenticator() {
    for (app, _) in both() {
        let connecting = app.connect("/ws").cookie("theme", "dark");
        let refused = connecting.cookie("user", "nobody").await.unwrap_err();
        assert_eq!(refused.code(), Some(4401));
    }
}

#[tokio::test]
async fn the_query_is_encoded() {
    for (app, _) in both() {
        let connecting = app.connect("/ws").query("why", "a&user=nobody");
        let refused = connecting.query("user", "banned").await.unwrap_err();
        assert_eq!(refused.code(), Some(4403));
    }
}

#[tokio::test]
async fn the_server_selects_a_subprotocol() {
    for (app, _) in both() {
        let connecting = app.connect("/ws").subprotocols(["mqtt", "chat"]);
        let alice = connecting.await.unwrap();
        assert_eq!(alice.subprotocol(), Some("chat"));
        let refused = app.connect("/ws").subprotocols(["mqtt"]).await;
        assert_eq!(refused.unwrap_err().status(), Some(400));
    }
}

#[tokio::test]
async fn the_history_says_which_way_when_and_what_caused_it() {
    for (app, _) in both() {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        alice.send(say("hi")).await;
        let line = line!() - 1;
        bob.expect::<Said>();
        let history = bob.received();
        let [heard] = &history[..] else {
            panic!("{history:?}")
        };
        assert_eq!(heard.direction, Direction::Received);
        assert_eq!(heard.text, r#"{"action":"said","payload":{"text":"hi"}}"#);
        let cause = heard.cause.as_deref().unwrap();
        assert!(cause.ends_with(&format!("talk.rs:{line}")), "{cause}");
        let sent = &alice.received()[0];
        assert_eq!(sent.direction, Direction::Sent);
        assert!(sent.after <= alice.received()[1].after);
    }
}
