//! The documentation that an application serves: its routes, their headers, and what `build()` says of it.
#![cfg(feature = "docs")]
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody as _},
    http::{HeaderMap, Request, StatusCode, header},
};
use realtime_runtime::{BuildError, Docs, prelude::*};
use tower_service::Service as _;

#[message(action = "ping")]
pub struct Ping;

#[message(action = "pong")]
pub struct Pong;

struct Echo;

#[consumer(name = "echo")]
impl Echo {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }
}

mod one {
    use super::*;

    #[message(action = "same")]
    pub struct Same {
        pub a: String,
    }
}

mod other {
    use super::*;

    #[message(action = "other")]
    pub struct Same {
        pub b: u8,
    }
}

/// Two of its messages have one name in the document.
struct Twice;

#[consumer(name = "twice")]
impl Twice {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn same(&mut self, _: one::Same, _: &mut Context<'_, Self>) {}

    #[ws_handler]
    async fn other(&mut self, _: other::Same, _: &mut Context<'_, Self>) {}
}

fn builder() -> RealtimeBuilder {
    Realtime::builder().consumer::<Echo>("/ws")
}

fn served(docs: impl Into<Docs>) -> Router {
    builder().docs(docs).build().unwrap().router()
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let mut router = router.clone();
    let (parts, mut body) = router.call(request).await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while let Some(frame) =
        std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await
    {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: bytes.into(),
    }
}

async fn get(router: &Router, path: &str) -> Answer {
    ask(router, Request::get(path).body(Body::empty()).unwrap()).await
}

/// The files of the page, by name, as they stand in the repository.
fn files() -> BTreeMap<String, Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/docs/page");
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// The addresses that a page names in `href="…"` and `src="…"`.
fn links(page: &str) -> Vec<&str> {
    let after = |attribute: &'static str| {
        let parts = page.split(attribute).skip(1);
        parts.map(|rest| rest.split('"').next().unwrap())
    };
    let links = after(" href=\"").chain(after(" src=\""));
    links.filter(|link| link.starts_with("./")).collect()
}

#[tokio::test]
async fn the_page_is_there_with_and_without_a_slash() {
    let router = served("/docs");
    for path in ["/docs", "/docs/"] {
        let page = get(&router, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(
            page.header(header::CONTENT_TYPE),
            "text/html; charset=utf-8"
        );
    }
}

#[tokio::test]
async fn a_page_finds_its_files_with_and_without_a_slash_and_behind_a_prefix() {
    let nested = Router::new().nest("/api", served("/internal/docs"));
    let root = served("/");
    for (router, page) in [
        (&nested, "/api/internal/docs"),
        (&nested, "/api/internal/docs/"),
        (&root, "/"),
    ] {
        let answer = get(router, page).await;
        let links = links(answer.text());
        assert!(links.len() >= 2, "{page}: {links:?}");
        // As a browser resolves them.
        let folder = &page[..=page.rfind('/').unwrap()];
        for link in links {
            let path = format!("{folder}{}", link.strip_prefix("./").unwrap());
            assert_eq!(get(router, &path).await.status, StatusCode::OK, "{path}");
        }
    }
}

#[tokio::test]
async fn every_file_of_the_page_is_served_as_it_stands() {
    let router = served("/docs");
    for (name, text) in files() {
        if name == "index.html" {
            continue;
        }
        let answer = get(&router, &format!("/docs/{name}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        assert_eq!(answer.body, text, "{name}");
        let kind = match name.rsplit('.').next().unwrap() {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            other => panic!("{other}"),
        };
        assert_eq!(answer.header(header::CONTENT_TYPE), kind);
    }
}

#[test]
fn the_files_of_the_page_are_small_together() {
    let bytes: usize = files().values().map(Vec::len).sum();
    assert!(bytes < 80_000, "{bytes} bytes");
}

#[tokio::test]
async fn the_document_is_that_of_the_application() {
    let realtime = builder().docs("/docs").build().unwrap();
    let answer = get(&realtime.router(), "/docs/asyncapi.json").await;
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    assert_eq!(answer.text(), realtime.asyncapi().unwrap().to_json_pretty());
}

#[cfg(feature = "yaml")]
#[tokio::test]
async fn the_document_is_there_as_yaml_too() {
    let realtime = builder().docs("/docs").build().unwrap();
    let answer = get(&realtime.router(), "/docs/asyncapi.yaml").await;
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/yaml");
    assert_eq!(answer.text(), realtime.asyncapi().unwrap().to_yaml());
    let page = get(&realtime.router(), "/docs").await;
    assert!(page.text().contains("data-yaml=\"asyncapi.yaml\""));
}

#[cfg(not(feature = "yaml"))]
#[tokio::test]
async fn the_document_is_yaml_only_where_that_is_asked_for() {
    let answer = get(&served("/docs"), "/docs/asyncapi.yaml").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_may_be_kept_and_must_be_asked_for_again() {
    let router = served("/docs");
    for path in ["/docs", "/docs/", "/docs/asyncapi.json", "/docs/docs.css"] {
        let answer = get(&router, path).await;
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-cache", "{path}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(answer.header(header::REFERRER_POLICY), "no-referrer");
        let tag = answer.header(header::ETAG);
        for known in [
            tag.to_owned(),
            format!("W/{tag}"),
            format!("\"a\", {tag}"),
            "*".to_owned(),
        ] {
            let request = Request::get(path).header(header::IF_NONE_MATCH, known);
            let again = ask(&router, request.body(Body::empty()).unwrap()).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
            assert_eq!(again.header(header::ETAG), tag);
            assert_eq!(again.body, "");
        }
        let request = Request::get(path).header(header::IF_NONE_MATCH, "\"other\"");
        let other = ask(&router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn different_files_have_different_tags() {
    let router = served("/docs");
    let style = get(&router, "/docs/docs.css").await;
    let script = get(&router, "/docs/main.js").await;
    assert_ne!(style.header(header::ETAG), script.header(header::ETAG));
}

#[tokio::test]
async fn the_page_may_load_and_reach_nothing_but_this_server_and_those_of_the_document() {
    let docs = builder()
        .document_server("production", "example.com", true)
        .document_server("again", "example.com", true)
        .document_server("local", "127.0.0.1:3000", false)
        .document_server("odd", "a; script-src *", false)
        .docs("/docs");
    let router = docs.build().unwrap().router();
    assert_eq!(
        get(&router, "/docs")
            .await
            .header(header::CONTENT_SECURITY_POLICY),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         connect-src 'self' wss://example.com ws://127.0.0.1:3000"
    );
}

#[tokio::test]
async fn the_page_knows_where_the_openapi_document_is() {
    let router = served(Docs::at("/docs").openapi("/a&\"b.json"));
    let page = get(&router, "/docs").await;
    assert!(page.text().contains("data-openapi=\"/a&amp;&quot;b.json\""));
}

#[tokio::test]
async fn nothing_is_left_to_be_filled_in_on_the_page() {
    let page = get(&served("/docs"), "/docs").await;
    assert!(!page.text().contains("{{"), "{}", page.text());
}

#[tokio::test]
async fn nothing_is_served_unless_it_is_asked_for() {
    let router = builder().build().unwrap().router();
    for path in ["/docs", "/docs/", "/docs/asyncapi.json", "/asyncapi.json"] {
        assert_eq!(get(&router, path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_path_makes_no_difference() {
    for docs in ["/docs", "/docs/"] {
        let router = served(docs);
        for path in ["/docs", "/docs/", "/docs/asyncapi.json"] {
            assert_eq!(get(&router, path).await.status, StatusCode::OK, "{docs}");
        }
    }
}

#[test]
fn the_documentation_is_at_a_path_without_parameters() {
    for path in ["", "docs", "/{a}", "/a b", "//docs", "/docs?a", "/a\\b"] {
        let error = builder().docs(path).build().expect_err(path);
        assert!(
            matches!(error, BuildError::Path(found) if found == path),
            "{path}"
        );
        let docs = Docs::at("/docs").openapi(path);
        let error = builder().docs(docs).build().expect_err(path);
        assert!(
            matches!(error, BuildError::Path(found) if found == path),
            "{path}"
        );
    }
}

#[test]
fn the_documentation_may_not_be_where_a_consumer_is() {
    for path in ["/ws", "/ws/"] {
        let error = builder().docs(path).build().expect_err(path);
        assert!(matches!(error, BuildError::DuplicatePath(_)), "{error}");
    }
    let beside = Realtime::builder().consumer::<Echo>("/{room}/{name}");
    beside.docs("/docs").build().unwrap();
}

#[test]
fn a_document_that_cannot_be_made_fails_the_build() {
    let error = Realtime::builder()
        .consumer::<Twice>("/ws")
        .docs("/docs")
        .build()
        .expect_err("one name, two types");
    assert!(matches!(error, BuildError::Document(_)));
    assert!(error.to_string().contains("schemars(rename"), "{error}");
}

#[test]
fn without_documentation_the_same_is_no_error() {
    Realtime::builder()
        .consumer::<Twice>("/ws")
        .build()
        .unwrap();
}
