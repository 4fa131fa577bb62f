//! What is said on the socket, over TCP.

use crate::client::{Client, FORM};
use crate::socket::{PATH, Server};
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn the_first_frame_says_where_things_stand() {
    let server = Server::start().await;
    let mut ann = server.sign_in("ann").await;
    let mut empty = server.connect(&ann).await;
    assert_eq!(
        empty.next_text().await,
        r#"{"type":"initial","unread_count":0,"recent":[]}"#
    );
    let mut fired = Vec::new();
    for n in 0..7 {
        fired.insert(0, ann.fire(&json!({ "title": n.to_string() })).await);
    }
    ann.mark_read(&fired[1]["id"]).await;
    fired[1]["read"] = json!(true);
    let (mut tab, initial) = server.tab(&ann).await;
    assert_eq!(
        initial,
        json!({ "type": "initial", "unread_count": 6, "recent": fired[..5] })
    );
    tab.assert_silent().await;
}

#[tokio::test]
async fn a_notification_is_pushed_and_then_counted() {
    let server = Server::start().await;
    let mut ann = server.sign_in("ann").await;
    let (mut tab, _) = server.tab(&ann).await;
    let fields = json!({ "title": "<T>", "body": "a\n\"b\"", "url": "/x?y", "category": "c" });
    let fired = ann.fire(&fields).await;
    let (id, at) = (&fired["id"], &fired["created_at"]);
    assert_eq!(
        tab.next_text().await,
        format!(
            r#"{{"type":"notification","notification":{{"id":{id},"title":"<T>","body":"a\n\"b\"","url":"/x?y","category":"c","created_at":{at},"read":false}}}}"#
        )
    );
    assert_eq!(
        tab.next_text().await,
        r#"{"type":"count_update","unread_count":1}"#
    );
    let fired = ann.fire(&json!({})).await;
    assert_eq!(fired["url"], json!(null));
    assert_eq!(
        tab.next().await,
        json!({ "type": "notification", "notification": fired })
    );
    assert_eq!(
        tab.next().await,
        json!({ "type": "count_update", "unread_count": 2 })
    );
    tab.assert_silent().await;
}

#[tokio::test]
async fn every_tab_of_a_user_hears_and_nobody_else() {
    let server = Server::start().await;
    let mut ann = server.sign_in("ann").await;
    let phone = server.sign_in("ann").await;
    let bob = server.sign_in("bob").await;
    let (mut first, _) = server.tab(&ann).await;
    let (mut second, _) = server.tab(&ann).await;
    let (mut third, _) = server.tab(&phone).await;
    let (mut others, _) = server.tab(&bob).await;
    let fired = ann.fire(&json!({ "title": "for me" })).await;
    for tab in [&mut first, &mut second, &mut third] {
        assert_eq!(
            tab.drain().await,
            [
                json!({ "type": "notification", "notification": fired }),
                json!({ "type": "count_update", "unread_count": 1 })
            ]
        );
    }
    others.assert_silent().await;
    let fired = ann.fire(&json!({ "to": "bob" })).await;
    assert_eq!(
        others.drain().await,
        [
            json!({ "type": "notification", "notification": fired }),
            json!({ "type": "count_update", "unread_count": 1 })
        ]
    );
    for tab in [&mut first, &mut second, &mut third] {
        tab.assert_silent().await;
    }
}

#[tokio::test]
async fn marking_as_read_is_answered_here_and_pushed_to_other_tabs() {
    let server = Server::start().await;
    let mut ann = server.sign_in("ann").await;
    let bob = server.sign_in("bob").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(ann.fire(&json!({})).await["id"].clone());
    }
    let (mut here, _) = server.tab(&ann).await;
    let (mut there, _) = server.tab(&ann).await;
    let (mut others, _) = server.tab(&bob).await;
    let count = |n: i64| json!({ "type": "count_update", "unread_count": n });

    here.send(&json!({ "type": "mark_read", "id": ids[0], "ref": "r-1" }))
        .await;
    assert_eq!(
        here.next_text().await,
        r#"{"type":"count_update","unread_count":2,"ref":"r-1"}"#
    );
    assert_eq!(there.next().await, count(2), "a push has no ref");

    // Once more: the same answer, and no news for the others.
    assert_eq!(
        here.ask(&json!({ "type": "mark_read", "id": ids[0] }))
            .await,
        count(2)
    );
    there.assert_silent().await;

    // Over HTTP every tab is told.
    let answer = ann.mark_read(&ids[1]).await;
    assert_eq!(answer.json(), json!({ "unread_count": 1 }));
    assert_eq!(here.next().await, count(1));
    assert_eq!(there.next().await, count(1));

    let answer = here
        .ask(&json!({ "type": "mark_all_read", "ref": 7, "more": true }))
        .await;
    assert_eq!(
        answer,
        json!({ "type": "count_update", "ref": 7, "unread_count": 0 })
    );
    assert_eq!(there.next().await, count(0));
    assert_eq!(
        here.ask(&json!({ "type": "mark_all_read" })).await,
        count(0)
    );
    for tab in [&mut here, &mut there, &mut others] {
        tab.assert_silent().await;
    }
    let list = ann.list("").await;
    assert_eq!(list["unread_count"], 0);
}

#[tokio::test]
async fn what_is_not_the_users_is_not_found() {
    let server = Server::start().await;
    let mut ann = server.sign_in("ann").await;
    let mut bob = server.sign_in("bob").await;
    let for_bob = bob.fire(&json!({})).await["id"].clone();
    let (mut tab, _) = server.tab(&ann).await;
    for id in [for_bob, json!(999), json!(0), json!(-1), json!(i64::MAX)] {
        tab.send(&json!({ "type": "mark_read", "id": id, "ref": "x" }))
            .await;
        assert_eq!(
            tab.next_text().await,
            r#"{"type":"error","code":"not_found","detail":"You have no such notification.","ref":"x"}"#
        );
    }
    assert_eq!(bob.list("").await["unread_count"], 1);
    assert_eq!(ann.list("").await["unread_count"], 0);
}

#[tokio::test]
async fn a_bad_frame_is_answered_and_the_socket_lives_on() {
    let server = Server::start().await;
    let ann = server.sign_in("ann").await;
    let (mut tab, _) = server.tab(&ann).await;
    for (frame, code) in [
        ("{", "malformed_json"),
        ("[]", "not_an_object"),
        (r#""ping""#, "not_an_object"),
        ("{}", "missing_tag"),
        (r#"{"action":"ping"}"#, "missing_tag"),
        (r#"{"type":"nothing"}"#, "unknown_action"),
        (r#"{"type":"notified"}"#, "unknown_action"),
        (
            r#"{"type":"count_update","unread_count":7}"#,
            "unknown_action",
        ),
        (r#"{"type":"mark_read"}"#, "invalid_payload"),
        (r#"{"type":"mark_read","id":"7"}"#, "invalid_payload"),
        (r#"{"type":"mark_read","id":1.5}"#, "invalid_payload"),
        (
            r#"{"type":"mark_read","id":9223372036854775808}"#,
            "invalid_payload",
        ),
    ] {
        tab.send_text(frame).await;
        let error = tab.next().await;
        assert_eq!(
            (&error["type"], &error["code"]),
            (&json!("error"), &json!(code)),
            "{frame}: {error}"
        );
        if code == "invalid_payload" {
            assert_eq!(error["fields"][0]["path"], "id", "{frame}: {error}");
        }
        tab.send_text(r#"{"type":"ping"}"#).await;
        assert_eq!(tab.next_text().await, r#"{"type":"pong"}"#);
    }
}

#[tokio::test]
async fn anonymous_visitors_are_closed_with_a_reason() {
    let server = Server::start().await;
    let ann = server.sign_in("ann").await;
    let cookie = ann.cookie.clone().unwrap();
    let (start, last) = cookie.split_at(cookie.len() - 1);
    let elsewhere = Server::start().await.sign_in("ann").await;
    let forged = [
        None,
        Some("session=".to_owned()),
        Some(format!("session={}", "A".repeat(76))),
        Some(format!("{start}{}", if last == "0" { "1" } else { "0" })),
        Some(cookie.replacen("session=", "session=A", 1)),
        elsewhere.cookie,
    ];
    for cookie in forged {
        let origin = server.origin();
        let mut socket = server
            .try_connect(PATH, cookie.as_deref(), &[&origin])
            .await
            .unwrap();
        // Sent behind a failing authentication, it never reaches a handler.
        socket.send_text(r#"{"type":"mark_all_read"}"#).await;
        assert_eq!(
            socket.closed().await,
            (4401, "sign in first".to_owned()),
            "{cookie:?}"
        );
    }
}

#[tokio::test]
async fn only_pages_of_the_program_may_connect() {
    let server = Server::start().await;
    let ann = server.sign_in("ann").await;
    let port = server.address.port();
    let own = server.origin();
    let foreign = [
        vec![],
        vec![""],
        vec!["null"],
        vec!["http://evil.example"],
        vec!["http://127.0.0.1"],
        vec!["http://127.0.0.1:1"],
        vec![own.as_str(), "http://evil.example"],
    ];
    let extra = [
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://evil.example/127.0.0.1:{port}"),
        format!("127.0.0.1:{port}"),
    ];
    let extra = extra.iter().map(|origin| vec![origin.as_str()]);
    for origins in foreign.into_iter().chain(extra) {
        for cookie in [None, ann.cookie.as_deref()] {
            let refused = server.try_connect(PATH, cookie, &origins).await;
            assert_eq!(
                refused.err(),
                Some(StatusCode::FORBIDDEN),
                "{origins:?} with {cookie:?}"
            );
        }
    }
    for path in [
        "/ws/other",
        "/ws/notifications",
        "/ws/notifications/x",
        "/ws/",
    ] {
        let refused = server
            .try_connect(path, ann.cookie.as_deref(), &[&own])
            .await;
        assert_eq!(refused.err(), Some(StatusCode::NOT_FOUND), "{path}");
    }
}

#[tokio::test]
async fn signing_out_closes_the_sessions_sockets_and_no_others() {
    let server = Server::start().await;
    let mut here = server.sign_in("ann").await;
    let mut phone = server.sign_in("ann").await;
    let bob = server.sign_in("bob").await;
    let thief = Client {
        cookie: here.cookie.clone(),
        ..here.clone()
    };
    let (first, _) = server.tab(&here).await;
    let (second, _) = server.tab(&here).await;
    let (mut on_phone, _) = server.tab(&phone).await;
    let (mut others, _) = server.tab(&bob).await;
    here.post("/logout", FORM, "").await;
    for socket in [first, second] {
        assert_eq!(socket.closed().await, (4401, "signed out".to_owned()));
    }
    let again = server.connect(&thief).await;
    assert_eq!(again.closed().await, (4401, "sign in first".to_owned()));
    on_phone.assert_silent().await;
    others.assert_silent().await;
    let fired = phone.fire(&json!({})).await;
    assert_eq!(on_phone.next().await["notification"], fired);
}

#[tokio::test]
async fn stopping_tells_every_socket_to_come_back() {
    let server = Server::start().await;
    let ann = server.sign_in("ann").await;
    let (first, _) = server.tab(&ann).await;
    let (second, _) = server.tab(&ann).await;
    let stopped = tokio::spawn(server.stop());
    for socket in [first, second] {
        assert_eq!(socket.closed().await.0, 1012);
    }
    stopped.await.unwrap();
}
