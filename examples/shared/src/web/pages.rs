//! The pages that all examples have, and what pages load; all of it is part of the program.

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{StatusCode, header};

use super::error::HttpError;
use super::identity::Visitor;
use super::site::{File, Site, Words};

const LOGIN: &str = include_str!("../../assets/login.html");
const ERROR: &str = include_str!("../../assets/error.html");

/// What the pages of every example load.
const FILES: [File; 4] = [
    File::style("style.css", include_str!("../../assets/style.css")),
    File::script("client.js", include_str!("../../assets/client.js")),
    File::script("element.js", include_str!("../../assets/element.js")),
    File::script("pill.js", include_str!("../../assets/pill.js")),
];

pub(super) async fn home() -> Redirect {
    Redirect::to("/realtime/")
}

pub(super) async fn login(State(site): State<Site>, Visitor(session): Visitor) -> Response {
    match session {
        Some(_) => Redirect::to("/realtime/").into_response(),
        None => sign_in(site.words).into_response(),
    }
}

fn sign_in(words: &Words) -> Html<String> {
    filled(
        LOGIN,
        &[
            ("name", words.name),
            ("motto", words.motto),
            ("icon", words.icon),
            ("warning", words.warning),
        ],
    )
}

/// A refusal, for people.
pub(super) fn error(words: &Words, status: StatusCode, detail: &str) -> Html<String> {
    filled(
        ERROR,
        &[
            ("title", status.canonical_reason().unwrap_or("Error")),
            ("detail", detail),
            ("name", words.name),
            ("icon", words.icon),
            ("back", words.back),
        ],
    )
}

pub(super) async fn asset(
    State(site): State<Site>,
    Path(name): Path<String>,
) -> Result<Response, HttpError> {
    let mut files = FILES.iter().chain(site.words.files);
    let file = files
        .find(|file| file.name == name)
        .ok_or_else(|| HttpError::not_found("There is nothing here."))?;
    Ok((
        [
            (header::CONTENT_TYPE, file.kind),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        file.text,
    )
        .into_response())
}

/// A page with every `{{name}}` replaced by its value, which is text and never markup.
pub fn filled(page: &str, values: &[(&str, &str)]) -> Html<String> {
    let mut page = page.to_owned();
    for (name, value) in values {
        page = page.replace(&format!("{{{{{name}}}}}"), &escaped(value));
    }
    Html(page)
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
            // So that a value never reads as a place for the next one.
            '{' => escaped.push_str("&#123;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: Words = Words {
        name: "<b>{{detail}}",
        motto: "'motto'",
        icon: "\"icon\"",
        warning: "<warning>",
        back: "<back>",
        files: &[],
        asyncapi: "",
        openapi: || "",
    };

    #[test]
    fn text_is_no_markup() {
        assert_eq!(
            escaped("<a href='x' b=\"y\">&{{"),
            "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;&#123;&#123;"
        );
        let Html(page) = error(&HOSTILE, StatusCode::NOT_FOUND, "<img>{{title}}");
        assert!(page.contains("&lt;img&gt;&#123;&#123;title}}"));
    }

    #[test]
    fn an_application_is_called_by_its_own_name_which_is_text() {
        let Html(refusal) = error(&HOSTILE, StatusCode::NOT_FOUND, "detail");
        let Html(login) = sign_in(&HOSTILE);
        assert!(refusal.contains("<title>Not Found · &lt;b&gt;&#123;&#123;detail}}</title>"));
        assert!(refusal.contains(">&lt;back&gt;</a>"));
        assert!(login.contains("<h1>&lt;b&gt;&#123;&#123;detail}}</h1>"));
        assert!(login.contains("&#39;motto&#39;") && login.contains("&lt;warning&gt;"));
        for page in [refusal, login] {
            assert!(page.contains("src=\"&quot;icon&quot;\""), "{page}");
            assert!(
                !page.contains("{{") && !page.contains("otification"),
                "{page}"
            );
        }
    }

    #[test]
    fn the_client_stops_at_the_codes_after_which_the_table_says_so() {
        let stops: Vec<_> = realtime_runtime::CloseCode::TABLE
            .iter()
            .filter(|row| !row.reconnect)
            .map(|row| row.code.to_string())
            .collect();
        let list = format!("stopAt: [{}]", stops.join(", "));
        assert!(FILES[1].text.contains(&list), "{list}");
    }
}
