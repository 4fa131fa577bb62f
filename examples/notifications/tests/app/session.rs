//! Signing in and out, and who may send a POST.

use crate::client::{Client, FORM, JSON, app};
use http::{Request, StatusCode, header};

#[tokio::test]
async fn signing_in_sets_a_cookie_and_leads_to_the_page() {
    let app = app().await;
    for (content_type, body) in [
        (FORM, "username=ann+b"),
        (JSON, r#"{"username":" ann b "}"#),
    ] {
        let mut client = Client::new(&app);
        let answer = client.post("/login", content_type, body).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/realtime/")
        );
        let cookie = answer.header(header::SET_COOKIE).unwrap();
        let mut attributes: Vec<_> = cookie.split("; ").skip(1).collect();
        attributes.sort_unstable();
        assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax"]);
        let page = client.get("/realtime/").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains(">ann b<"));
        assert_eq!(client.get("/login").await.location(), "/realtime/");
    }
}

#[tokio::test]
async fn a_name_is_text_on_the_page() {
    let app = app().await;
    let mut client = Client::signed_in(&app, "<img src=x onerror=alert(1)>\"'{{username}}").await;
    let page = client.get("/realtime/").await.text;
    assert!(!page.contains("<img src=x"));
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&#123;&#123;username}}"));
}

#[tokio::test]
async fn bad_sign_ins_are_refused() {
    let app = app().await;
    let mut client = Client::new(&app);
    let long = format!(r#"{{"username":"{}"}}"#, "x".repeat(65));
    for (content_type, body, status, code) in [
        (JSON, "", 422, "invalid_field"),
        (JSON, "{}", 422, "invalid_field"),
        (JSON, r#"{"username":"  "}"#, 422, "invalid_field"),
        (JSON, r#"{"username":"a\u0000b"}"#, 422, "invalid_field"),
        (JSON, r#"{"username":7}"#, 422, "invalid_field"),
        (JSON, r#"{"username":null}"#, 422, "invalid_field"),
        (JSON, long.as_str(), 422, "invalid_field"),
        (JSON, r#"["ann"]"#, 422, "not_an_object"),
        (JSON, r#""ann""#, 422, "not_an_object"),
        (JSON, r#"{"username":"#, 400, "malformed_json"),
        (JSON, r#"{"username":"ann"} x"#, 400, "malformed_json"),
        (JSON, "[", 400, "malformed_json"),
        (FORM, "", 422, "invalid_field"),
        (FORM, "username=%00", 422, "invalid_field"),
        (FORM, "username=a&username=b", 422, "invalid_field"),
        ("text/plain", "username=ann", 415, "unsupported_media_type"),
        (
            "multipart/form-data; boundary=x",
            "--x--",
            415,
            "unsupported_media_type",
        ),
    ] {
        let answer = client.post("/login", content_type, body).await;
        answer.refused(status, code);
        assert!(answer.header(header::SET_COOKIE).is_none());
    }
    let huge = format!(r#"{{"username":"ann","more":"{}"}}"#, "x".repeat(70_000));
    client
        .post("/login", JSON, &huge)
        .await
        .refused(413, "too_large");
}

#[tokio::test]
async fn a_person_gets_a_page_where_a_program_gets_json() {
    let app = app().await;
    let mut client = Client::new(&app);
    let request = Request::post("/login")
        .header(header::ACCEPT, "text/html,*/*")
        .header(header::CONTENT_TYPE, FORM);
    let answer = client.send(request, "username=").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        answer.header(header::CONTENT_TYPE),
        Some("text/html; charset=utf-8")
    );
    assert!(answer.text.contains("must not be empty"));
}

#[tokio::test]
async fn anonymous_visitors_are_led_to_sign_in() {
    let app = app().await;
    let mut client = Client::new(&app);
    assert_eq!(client.get("/").await.location(), "/realtime/");
    assert_eq!(client.get("/realtime").await.location(), "/realtime/");
    let page = client.get("/realtime/").await;
    assert_eq!(
        (page.status, page.location()),
        (StatusCode::SEE_OTHER, "/login")
    );
    let page = client.get("/login").await;
    assert!(page.text.contains("demo sign-in without a password"));
    client
        .get("/notifications")
        .await
        .refused(401, "unauthenticated");
    client
        .post("/notifications/1/read", JSON, "")
        .await
        .refused(401, "unauthenticated");
    client
        .post("/realtime/fire/", JSON, "{}")
        .await
        .refused(401, "unauthenticated");
    let form = client.post("/realtime/fire/", FORM, "").await;
    assert_eq!(
        (form.status, form.location()),
        (StatusCode::SEE_OTHER, "/login")
    );
}

#[tokio::test]
async fn signing_out_makes_the_cookie_worthless() {
    let app = app().await;
    let mut client = Client::signed_in(&app, "ann").await;
    let mut other = Client::signed_in(&app, "ann").await;
    let mut thief = client.clone();
    let answer = client.post("/logout", FORM, "").await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/login")
    );
    assert!(client.cookie.is_none(), "the browser was told to forget it");
    thief
        .get("/notifications")
        .await
        .refused(401, "unauthenticated");
    assert_eq!(thief.get("/realtime/").await.location(), "/login");
    assert_eq!(
        other.get("/realtime/").await.status,
        StatusCode::OK,
        "only this session has ended"
    );
    assert_eq!(
        thief.post("/logout", FORM, "").await.status,
        StatusCode::SEE_OTHER,
        "twice is no error"
    );
}

#[tokio::test]
async fn forged_cookies_are_worth_nothing() {
    let app = app().await;
    let client = Client::signed_in(&app, "ann").await;
    let cookie = client.cookie.clone().unwrap();
    let (value, last) = cookie.split_at(cookie.len() - 1);
    let other_key = Client::signed_in(&crate::client::app().await, "ann")
        .await
        .cookie
        .unwrap();
    let unsigned = format!("session={}", &cookie[cookie.len() - 32..]);
    for forged in [
        format!("{value}{}", if last == "0" { "1" } else { "0" }),
        cookie.replacen("session=", "session=A", 1),
        other_key,
        unsigned,
        "session=".to_owned(),
        "session=%".to_owned(),
    ] {
        let mut thief = Client {
            cookie: Some(forged.clone()),
            ..client.clone()
        };
        assert_eq!(
            thief.get("/notifications").await.status,
            StatusCode::UNAUTHORIZED,
            "{forged}"
        );
    }
}

#[tokio::test]
async fn a_post_from_another_site_is_refused() {
    let app = app().await;
    let mut client = Client::signed_in(&app, "ann").await;
    for path in [
        "/login",
        "/logout",
        "/realtime/fire/",
        "/notifications/1/read",
        "/nowhere",
    ] {
        for origin in [
            "https://evil.example",
            "null",
            "",
            "http://here.example:8080",
            "http://here.example.evil.example",
        ] {
            let answer = client
                .send(Request::post(path).header(header::ORIGIN, origin), "")
                .await;
            answer.refused(403, "foreign_origin");
        }
    }
    assert_eq!(
        client.list("").await["notifications"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    for origin in ["http://here.example", "https://here.example"] {
        let answer = client
            .send(
                Request::post("/realtime/fire/").header(header::ORIGIN, origin),
                "",
            )
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
}
