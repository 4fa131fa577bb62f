//! An application with nothing of its own but a page: all the rest is shared.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::response::Html;
use axum::routing::get;
use example_shared::accounts::{Accounts, Schema};
use example_shared::web::{self, File, Reader, Site, Words, filled, openapi};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use realtime_runtime::Realtime;
use tower::ServiceExt;

static WORDS: Words = Words {
    name: "Nothing",
    motto: "At all.",
    icon: "/assets/dot.svg",
    warning: "Anybody is anybody.",
    back: "Back to nothing",
    files: &[File::picture("dot.svg", "<svg/>")],
    asyncapi: "{}",
    openapi: || "{\"openapi\": true}",
};

const SCHEMA: Schema = Schema {
    application: 7,
    tables: "",
    migrations: &[],
};

async fn program() -> Router {
    let accounts = Accounts::open(Path::new(":memory:"), &SCHEMA).await;
    let realtime = Realtime::builder().build().unwrap();
    let site = Site::new(&WORDS, accounts.unwrap(), realtime.layer());
    let page = async |Reader(session): Reader| -> Html<String> {
        filled("<p>{{username}}", &[("username", &session.username)])
    };
    let own = Router::new()
        .route("/realtime/", get(page))
        .merge(web::api::<Site>());
    web::router(&site, own).with_state(site)
}

/// Status, the header that matters, and text.
async fn ask(program: &Router, request: http::request::Builder, body: &str) -> [String; 3] {
    let request = request
        .header(header::ACCEPT, "text/html")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let answer = program.clone().oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    let mut header = head.headers.get(header::SET_COOKIE);
    header = header.or(head.headers.get(header::LOCATION));
    [
        head.status.as_u16().to_string(),
        header
            .map_or("", |value| value.to_str().unwrap())
            .to_owned(),
        String::from_utf8(text.to_vec()).unwrap(),
    ]
}

#[tokio::test]
async fn its_pages_are_its_own() {
    let program = program().await;
    let [status, _, page] = ask(&program, Request::get("/login"), "").await;
    assert_eq!(status, "200");
    for shown in [
        "<h1>Nothing</h1>",
        "At all.",
        "/assets/dot.svg",
        "Anybody is anybody.",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let [status, _, page] = ask(&program, Request::get("/nowhere"), "").await;
    assert_eq!(status, "404");
    assert!(
        page.contains("<title>Not Found · Nothing</title>"),
        "{page}"
    );
    assert!(page.contains("Back to nothing"), "{page}");
    for (path, part) in [
        ("/assets/dot.svg", "<svg/>"),
        ("/assets/client.js", "export function connect"),
        ("/assets/element.js", "export function element"),
        ("/assets/style.css", ":root"),
        ("/asyncapi.json", "{}"),
        ("/openapi.json", "true"),
    ] {
        let [status, _, text] = ask(&program, Request::get(path), "").await;
        assert_eq!(status, "200", "{path}");
        assert!(text.contains(part), "{path}");
    }
}

#[tokio::test]
async fn a_session_begins_and_ends() {
    let program = program().await;
    let page = |cookie: &str| Request::get("/realtime/").header(header::COOKIE, cookie.to_owned());
    let [status, leads, _] = ask(&program, page(""), "").await;
    assert_eq!((status.as_str(), leads.as_str()), ("303", "/login"));

    let login = Request::post("/login").header(header::CONTENT_TYPE, "application/json");
    let [status, cookie, _] = ask(&program, login, r#"{"username": "<ann>"}"#).await;
    assert_eq!(status, StatusCode::SEE_OTHER.as_str());
    let cookie = cookie.split(';').next().unwrap();
    let [_, _, text] = ask(&program, page(cookie), "").await;
    assert_eq!(text, "<p>&lt;ann&gt;");

    let logout = Request::post("/logout").header(header::COOKIE, cookie);
    ask(&program, logout, "").await;
    let [status, leads, _] = ask(&program, page(cookie), "").await;
    assert_eq!((status.as_str(), leads.as_str()), ("303", "/login"));
}

#[test]
fn its_document_has_what_every_example_says() {
    let mut document = web::api::<Site>().into_openapi();
    openapi::describe(&mut document, "Nothing", "7", "Nothing at all.");
    let text = openapi::text(&document);
    for said in [
        "\"title\": \"Nothing\"",
        "\"/login\"",
        "\"/logout\"",
        "\"/asyncapi.json\"",
        "\"/openapi.json\"",
        "\"/metrics\"",
        "\"/health/live\"",
        "\"/health/ready\"",
        "\"Error\"",
        "\"Field\"",
        "\"Login\"",
        "\"apiKey\"",
    ] {
        assert!(text.contains(said), "{said}");
    }
    assert!(!text.contains("otification"), "{text}");
}
