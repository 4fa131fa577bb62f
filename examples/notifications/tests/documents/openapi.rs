//! The OpenAPI document: the committed copy, what the program serves, and the routes that it has.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::Router;
use http::{Method, Request, StatusCode, header};
use notifications::openapi;
use serde_json::Value;

use crate::client::{Client, app};
use crate::committed;

/// The route of the metrics. A process has one recorder, and some runners run every test in one process.
pub(crate) fn metrics() -> Router {
    static METRICS: LazyLock<Router> = LazyLock::new(|| notifications::metrics().unwrap());
    METRICS.clone()
}

/// The committed copy.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

/// What is for people: pages, what they load, and the socket, which has a document of its own.
const NOT_DESCRIBED: [(&str, &str); 7] = [
    ("GET", "/"),
    ("GET", "/assets/{name}"),
    ("GET", "/login"),
    ("GET", "/realtime"),
    ("GET", "/realtime/"),
    ("GET", "/ws/notifications/"),
    ("GET", "/ws/presence/"),
];

pub(crate) fn document() -> Value {
    serde_json::from_str(openapi()).unwrap()
}

/// Method and path of everything that is described.
pub(crate) fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let path = path.clone();
        let methods = item.as_object().unwrap().keys();
        methods
            .map(|method| (method.to_uppercase(), path.clone()))
            .collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

#[test]
fn the_committed_document_is_what_the_program_makes() {
    committed::compare(COMMITTED, openapi());
}

#[tokio::test]
async fn the_program_serves_it() {
    let answer = Client::new(&app().await).get("/openapi.json").await;
    assert_eq!(
        answer.header(header::CONTENT_TYPE),
        Some("application/json")
    );
    assert_eq!(answer.text, openapi());
}

#[tokio::test]
async fn both_documents_are_of_one_program() {
    let asyncapi = app().await.realtime.asyncapi().unwrap().to_value();
    let openapi = document();
    for member in ["title", "version", "contact"] {
        assert_eq!(
            openapi["info"][member], asyncapi["info"][member],
            "{member}"
        );
    }
    // What a notification is, both say in the same words.
    assert_eq!(
        openapi["components"]["schemas"]["Notification"],
        asyncapi["components"]["schemas"]["Notification"]
    );
}

/// The paths that a router has: axum tells them to whoever debugs it.
fn paths(router: &axum::Router) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    let texts = shown.split('"').skip(1).step_by(2);
    texts
        .filter(|text| text.starts_with('/') && !text.contains("__private__axum_fallback"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn every_route_for_programs_is_described_and_nothing_else() {
    let mut app = app().await;
    app.router = app.router.merge(metrics());
    let mut client = Client::new(&app);
    let mut routes = BTreeSet::new();
    // The documentation is for people, all of it.
    let is_documentation = |path: &String| path == "/docs" || path.starts_with("/docs/");
    let (documentation, rest): (Vec<_>, Vec<_>) =
        paths(&app.router).into_iter().partition(is_documentation);
    assert!(!documentation.is_empty());
    for path in rest {
        // No route answers this one, and what is answered then names the methods that would have been.
        let request = Request::builder().method(Method::TRACE);
        let answer = client
            .send(request.uri(path.replace(['{', '}'], "")), "")
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let methods = answer.header(header::ALLOW).unwrap().split(',');
        for method in methods.filter(|method| *method != "HEAD") {
            routes.insert((method.to_owned(), path.clone()));
        }
    }
    for (method, path) in NOT_DESCRIBED {
        let known = routes.remove(&(method.to_owned(), path.to_owned()));
        assert!(known, "there is no {method} {path} any more");
    }
    assert_eq!(operations(&document()), routes);
}

#[test]
fn every_operation_says_what_it_is() {
    let document = document();
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        for member in ["summary", "operationId", "tags", "responses"] {
            assert!(
                !operation[member].is_null(),
                "{method} {path} lacks {member}"
            );
        }
    }
}
