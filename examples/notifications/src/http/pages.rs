//! The pages and what they load, all of it part of the program.

use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{StatusCode, header};

use super::error::HttpError;
use super::identity::{Reader, Visitor};

const REALTIME: &str = include_str!("../../assets/realtime.html");
const LOGIN: &str = include_str!("../../assets/login.html");
const ERROR: &str = include_str!("../../assets/error.html");

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, type and text of what the pages load.
const ASSETS: [(&str, &str, &str); 7] = [
    ("style.css", CSS, include_str!("../../assets/style.css")),
    (
        "client.js",
        JAVASCRIPT,
        include_str!("../../assets/client.js"),
    ),
    (
        "fields.js",
        JAVASCRIPT,
        include_str!("../../assets/fields.js"),
    ),
    ("list.js", JAVASCRIPT, include_str!("../../assets/list.js")),
    ("page.js", JAVASCRIPT, include_str!("../../assets/page.js")),
    (
        "toasts.js",
        JAVASCRIPT,
        include_str!("../../assets/toasts.js"),
    ),
    (
        "bell.svg",
        "image/svg+xml",
        include_str!("../../assets/bell.svg"),
    ),
];

pub(super) async fn home() -> Redirect {
    Redirect::to("/realtime/")
}

pub(super) async fn login(Visitor(session): Visitor) -> Response {
    match session {
        Some(_) => Redirect::to("/realtime/").into_response(),
        None => Html(LOGIN).into_response(),
    }
}

pub(super) async fn realtime(Reader(session): Reader) -> Html<String> {
    Html(REALTIME.replace("{{username}}", &escaped(&session.username)))
}

/// A refusal, for people.
pub(super) fn error(status: StatusCode, detail: &str) -> String {
    let title = status.canonical_reason().unwrap_or("Error");
    ERROR
        .replace("{{title}}", &escaped(title))
        .replace("{{detail}}", &escaped(detail))
}

pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, HttpError> {
    let (_, kind, text) = ASSETS
        .into_iter()
        .find(|(known, ..)| *known == name)
        .ok_or_else(|| HttpError::not_found("There is nothing here."))?;
    Ok((
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        text,
    )
        .into_response())
}

/// Text that is no markup, also inside an attribute's quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // So that a name never reads as a place for the next replacement.
            '{' => escaped.push_str("&#123;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(
            escaped("<a href='x' b=\"y\">&{{"),
            "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;&#123;&#123;"
        );
        assert!(
            error(StatusCode::NOT_FOUND, "<img>{{title}}")
                .contains("&lt;img&gt;&#123;&#123;title}}")
        );
    }
}
