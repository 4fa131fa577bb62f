//! Firing, listing and reading notifications.

use crate::client::{Client, FORM, JSON, app, ids};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};

#[tokio::test]
async fn a_notification_has_exactly_the_fields_of_the_contract() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    let fired = ann
        .fire(&json!({"title": "T", "body": "a\r\nb", "url": "/orders/7", "category": "order", "more": 1}))
        .await;
    let object = fired.as_object().unwrap();
    let mut keys: Vec<_> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "body",
            "category",
            "created_at",
            "id",
            "read",
            "title",
            "url"
        ]
    );
    assert_eq!(
        (
            &fired["title"],
            &fired["body"],
            &fired["url"],
            &fired["category"],
            &fired["read"]
        ),
        (
            &json!("T"),
            &json!("a\nb"),
            &json!("/orders/7"),
            &json!("order"),
            &json!(false)
        )
    );
    let at = fired["created_at"].as_str().unwrap();
    assert!(
        at.len() == 24 && at.ends_with('Z') && &at[10..11] == "T",
        "{at}"
    );
    assert_eq!(
        ann.list("").await,
        json!({"unread_count": 1, "notifications": [fired]})
    );
}

#[tokio::test]
async fn every_field_may_be_missing() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    for (content_type, body) in [
        (JSON, ""),
        (JSON, "{}"),
        (
            JSON,
            r#"{"title":null,"body":null,"url":null,"category":null,"to":null}"#,
        ),
        (
            "application/json; charset=utf-8",
            r#"{"title":"","url":"","category":"","to":""}"#,
        ),
    ] {
        let answer = ann.post("/realtime/fire/", content_type, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let fired = answer.json();
        assert_eq!(
            (
                &fired["title"],
                &fired["body"],
                &fired["url"],
                &fired["category"]
            ),
            (
                &json!("Test notification"),
                &json!("Fired by ann."),
                &Value::Null,
                &json!("test")
            )
        );
    }
    for request in [
        Request::post("/realtime/fire/"),
        Request::post("/realtime/fire/").header(header::CONTENT_TYPE, FORM),
        Request::post("/realtime/fire/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x"),
    ] {
        let answer = ann.send(request, "").await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/realtime/")
        );
    }
    let answer = ann
        .send(
            Request::post("/realtime/fire/").header(header::ACCEPT, JSON),
            "",
        )
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(ann.list("").await["unread_count"], 8);
}

#[tokio::test]
async fn a_form_fires_too() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    let answer = ann
        .post(
            "/realtime/fire/",
            FORM,
            "title=%3Cb%3E&body=&url=https%3A%2F%2Fa.example&category=&to=",
        )
        .await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/realtime/")
    );
    let one = &ann.list("").await["notifications"][0];
    assert_eq!(
        (&one["title"], &one["body"], &one["url"], &one["category"]),
        (
            &json!("<b>"),
            &json!(""),
            &json!("https://a.example"),
            &json!("test")
        )
    );
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    for (body, status, code) in [
        (json!({"url": "javascript:alert(1)"}), 422, "invalid_field"),
        (json!({"url": "//evil.example"}), 422, "invalid_field"),
        (json!({"url": "/\\evil.example"}), 422, "invalid_field"),
        (json!({"url": "/\u{0}"}), 422, "invalid_field"),
        (json!({"url": "nothing"}), 422, "invalid_field"),
        (json!({"url": 7}), 422, "invalid_field"),
        (json!({"title": "x".repeat(201)}), 422, "invalid_field"),
        (json!({"title": "a\nb"}), 422, "invalid_field"),
        (json!({"title": ["x"]}), 422, "invalid_field"),
        (json!({"body": "x".repeat(4001)}), 422, "invalid_field"),
        (json!({"body": "a\u{0}b"}), 422, "invalid_field"),
        (json!({"category": "x".repeat(51)}), 422, "invalid_field"),
        (json!({"to": "nobody"}), 404, "not_found"),
        (json!({"to": "Ann"}), 404, "not_found"),
        (json!([]), 422, "not_an_object"),
        (json!("title"), 422, "not_an_object"),
    ] {
        ann.post("/realtime/fire/", JSON, &body.to_string())
            .await
            .refused(status, code);
    }
    let named = ann
        .post("/realtime/fire/", JSON, r#"{"title":{}}"#)
        .await
        .json();
    assert_eq!(named["fields"][0]["path"], "title");
    ann.post("/realtime/fire/", JSON, "{")
        .await
        .refused(400, "malformed_json");
    ann.post("/realtime/fire/", JSON, r#"{"title":"\ud800"}"#)
        .await
        .refused(400, "malformed_json");
    ann.post("/realtime/fire/", "text/plain", "x")
        .await
        .refused(415, "unsupported_media_type");
    ann.post("/realtime/fire/", FORM, "url=javascript%3Aalert(1)")
        .await
        .refused(422, "invalid_field");
    ann.post("/realtime/fire/", FORM, "to=nobody")
        .await
        .refused(404, "not_found");
    assert_eq!(
        ann.list("").await,
        json!({"unread_count": 0, "notifications": []})
    );
}

#[tokio::test]
async fn a_notification_reaches_its_user_alone() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    let mut bob = Client::signed_in(&app, "bob").await;
    let fired = ann.fire(&json!({"to": "bob", "title": "for bob"})).await;
    assert_eq!(ann.list("").await["unread_count"], 0);
    assert_eq!(
        bob.list("").await,
        json!({"unread_count": 1, "notifications": [fired]})
    );
    ann.mark_read(&fired["id"]).await.refused(404, "not_found");
    assert_eq!(bob.list("").await["unread_count"], 1);
}

#[tokio::test]
async fn reading_counts_down_once() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    let first = ann.fire(&json!({})).await;
    ann.fire(&json!({})).await;
    for _ in 0..2 {
        let answer = ann.mark_read(&first["id"]).await;
        assert_eq!(
            (answer.status, answer.json()),
            (StatusCode::OK, json!({"unread_count": 1}))
        );
    }
    let list = ann.list("").await;
    assert_eq!(list["unread_count"], 1);
    assert_eq!(
        (
            &list["notifications"][0]["read"],
            &list["notifications"][1]["read"]
        ),
        (&json!(false), &json!(true))
    );
    for unknown in [
        "999",
        "0",
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "x",
        "1.5",
        "%00",
    ] {
        let path = format!("/notifications/{unknown}/read");
        ann.post(&path, JSON, "").await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn pages_meet_without_hole_or_double() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    let mut bob = Client::signed_in(&app, "bob").await;
    for n in 0..25 {
        ann.fire(&json!({"title": n.to_string()})).await;
        bob.fire(&json!({})).await;
    }
    let all = ids(&ann.list("?limit=100").await);
    assert_eq!(all.len(), 25);
    assert!(all.is_sorted_by(|newer, older| newer > older));
    assert_eq!(ids(&ann.list("").await), all[..20]);
    let mut pages = Vec::new();
    let mut before = String::new();
    loop {
        let page = ids(&ann.list(&format!("?limit=10{before}")).await);
        let Some(last) = page.last() else { break };
        before = format!("&before={last}");
        pages.extend(page);
    }
    assert_eq!(pages, all);
    assert_eq!(
        ids(&ann.list("?limit=1000").await),
        all,
        "more than a hundred is a hundred"
    );
    assert_eq!(ids(&ann.list("?before=-5").await), [0; 0]);
    for bad in [
        "?limit=0",
        "?limit=-1",
        "?limit=x",
        "?limit=",
        "?before=x",
        "?limit=1&limit=2",
        "?before=99999999999999999999",
    ] {
        ann.get(&format!("/notifications{bad}"))
            .await
            .refused(422, "invalid_field");
    }
}

#[tokio::test]
async fn wrong_methods_and_addresses_are_told() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    let answer = ann.get("/realtime/fire/").await;
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header(header::ALLOW), Some("POST"));
    let answer = ann
        .send(
            Request::get("/realtime/fire/").header(header::ACCEPT, "text/html"),
            "",
        )
        .await;
    assert_eq!(
        (answer.status, answer.header(header::ALLOW)),
        (StatusCode::METHOD_NOT_ALLOWED, Some("POST"))
    );
    for (request, status) in [
        (Request::get("/logout"), 405),
        (Request::delete("/notifications"), 405),
        (Request::get("/notifications/1/read"), 405),
        (Request::get("/nowhere"), 404),
        (Request::get("/assets/../Cargo.toml"), 404),
        (Request::get("/assets/nothing.js"), 404),
        (Request::head("/realtime/"), 200),
    ] {
        assert_eq!(ann.send(request, "").await.status, status);
    }
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let app = app().await;
    let mut ann = Client::signed_in(&app, "ann").await;
    for path in [
        "/realtime/",
        "/login",
        "/assets/page.js",
        "/assets/style.css",
        "/assets/bell.svg",
        "/notifications",
        "/nowhere",
    ] {
        let answer = ann.get(path).await;
        let policy = answer.header(header::CONTENT_SECURITY_POLICY).unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"));
        assert_eq!(
            answer.header(header::X_CONTENT_TYPE_OPTIONS),
            Some("nosniff")
        );
        assert_eq!(answer.header(header::REFERRER_POLICY), Some("same-origin"));
        assert!(answer.header(header::CACHE_CONTROL).is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_fired_at_once_is_counted_once() {
    let app = app().await;
    let ann = Client::signed_in(&app, "ann").await;
    let fires: Vec<_> = (0..40)
        .map(|_| {
            let mut ann = ann.clone();
            tokio::spawn(async move {
                let fired = ann.fire(&json!({})).await;
                ann.mark_read(&fired["id"]).await.json()["unread_count"]
                    .as_i64()
                    .unwrap()
            })
        })
        .collect();
    for fire in fires {
        assert!((0..40).contains(&fire.await.unwrap()));
    }
    let list = ann.clone().list("?limit=100").await;
    assert_eq!(
        (list["unread_count"].as_i64(), ids(&list).len()),
        (Some(0), 40)
    );
}
