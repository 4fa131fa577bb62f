//! The files of the page, and how each is answered.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash as _, Hasher as _},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use realtime_asyncapi::Document;

use super::Docs;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

const PAGE: &str = include_str!("page/index.html");

macro_rules! assets {
    ($($name:literal: $kind:ident,)+) => {
        &[$(($name, $kind, include_str!(concat!("page/", $name))),)+]
    };
}

/// What the page loads: names, types and texts.
const ASSETS: &[(&str, &str, &str)] = assets![
    "console.css": CSS,
    "console.js": JAVASCRIPT,
    "docs.css": CSS,
    "dom.js": JAVASCRIPT,
    "form.js": JAVASCRIPT,
    "http.js": JAVASCRIPT,
    "log.js": JAVASCRIPT,
    "main.js": JAVASCRIPT,
    "markdown.js": JAVASCRIPT,
    "model.js": JAVASCRIPT,
    "nav.js": JAVASCRIPT,
    "page.js": JAVASCRIPT,
    "sample.js": JAVASCRIPT,
    "schema.js": JAVASCRIPT,
    "theme.js": JAVASCRIPT,
    "types.js": JAVASCRIPT,
];

/// A file, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct File {
    headers: HeaderMap,
    tag: HeaderValue,
    body: Bytes,
}

pub(super) fn assets() -> impl Iterator<Item = (&'static str, File)> {
    let file = |text: &'static str| Bytes::from_static(text.as_bytes());
    ASSETS
        .iter()
        .map(move |&(name, kind, text)| (name, File::new(kind, file(text))))
}

/// The document, in each format that there is.
pub(super) fn documents(document: &Document) -> impl Iterator<Item = (&'static str, File)> {
    let formats = [
        (
            "asyncapi.json",
            "application/json",
            document.to_json_pretty(),
        ),
        #[cfg(feature = "yaml")]
        ("asyncapi.yaml", "application/yaml", document.to_yaml()),
    ];
    let file = |(name, kind, text): (_, _, String)| (name, File::new(kind, text.into()));
    formats.into_iter().map(file)
}

impl File {
    fn new(kind: &'static str, body: Bytes) -> Self {
        // No secret, and no proof: it only tells one build's file from another's.
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let tag = format!("\"{:016x}\"", hasher.finish());
        let tag = HeaderValue::from_str(&tag).expect("hexadecimal digits in quotes");
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::ETAG, tag.clone()),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            ),
        ];
        Self {
            headers: headers.into_iter().collect(),
            tag,
            body,
        }
    }

    /// The page itself, which finds its files at `below`, relative to its own address.
    pub(super) fn page(below: &str, docs: &Docs, policy: &str) -> Self {
        let depth = docs.base().matches('/').count().to_string();
        let openapi = docs.openapi.as_deref().unwrap_or_default();
        let yaml = if cfg!(feature = "yaml") {
            "asyncapi.yaml"
        } else {
            ""
        };
        let text = [
            ("{{below}}", below),
            ("{{depth}}", &depth),
            ("{{openapi}}", openapi),
            ("{{yaml}}", yaml),
        ]
        .into_iter()
        .fold(PAGE.to_owned(), |text, (place, value)| {
            text.replace(place, &escaped(value))
        });
        let mut page = Self::new(HTML, text.into());
        let policy = HeaderValue::from_str(policy).expect("ASCII");
        page.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        page
    }

    /// 200 with the file, or 304 to whoever has it.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let known = request.get_all(header::IF_NONE_MATCH).iter();
        let known = known
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|tag| tag.trim())
            // The comparison is weak (RFC 9110 § 13.1.2).
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag);
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = self.headers.clone();
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Body::from(self.body.clone());
        }
        response
    }
}

/// Text inside an attribute's quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}
