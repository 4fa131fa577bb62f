//! Where a request carries its token.

use axum::extract::Query;
use http::{header, request::Parts};
use realtime_asyncapi::spec::SecuritySpec;

use crate::auth::{cookies::cookies, offered_subprotocols, select_subprotocol};

/// A place in the HTTP request where a token may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// `Authorization: Bearer …`. Browsers cannot set it for a WebSocket.
    Header,
    /// A cookie of this name.
    Cookie(&'static str),
    /// The subprotocol that is offered after the one of this name: `new WebSocket(url, ["bearer", token])`.
    ///
    /// The name is answered, never the token. A refused client is answered the first that it offers: the name comes first.
    /// In an [`AnyOf`](crate::auth::AnyOf) this authenticator comes first, too: one that is not asked answers nothing.
    Subprotocol(&'static str),
    /// A query parameter of this name.
    ///
    /// URLs end up in the logs of proxies and servers, and tokens with them: only for clients that know no other way, and
    /// for tokens that live for seconds.
    Query(&'static str),
}

/// The sources of tokens for a [`JwtAuth`](super::JwtAuth), in the order in which they are looked at.
///
/// The first that has a token decides: if it is bad, the others are not tried.
///
/// ```
/// use realtime_runtime::auth::jwt::{TokenSource, TokenSources};
///
/// /// Browsers and programs.
/// pub struct Everywhere;
///
/// impl TokenSources for Everywhere {
///     const SOURCES: &'static [TokenSource] = &[
///         TokenSource::Header,
///         TokenSource::Subprotocol("bearer"),
///     ];
/// }
/// ```
pub trait TokenSources: 'static {
    /// The sources.
    const SOURCES: &'static [TokenSource];
}

/// Only `Authorization: Bearer …`. The default of a [`JwtAuth`](super::JwtAuth).
#[derive(Clone, Copy, Debug)]
pub struct BearerHeader;

impl TokenSources for BearerHeader {
    const SOURCES: &'static [TokenSource] = &[TokenSource::Header];
}

/// What one source holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// One token; nobody knows yet whether it is any good.
    Token(String),
    /// Several tokens, or what cannot be one.
    Unclear,
}

impl Found {
    fn among(mut tokens: Vec<String>) -> Self {
        match (tokens.pop(), tokens.is_empty()) {
            (None, _) => Self::Nothing,
            (Some(token), true) => Self::Token(token),
            (Some(_), false) => Self::Unclear,
        }
    }
}

/// The token of a request, in the first source that has one.
pub(super) fn token(sources: &[TokenSource], request: &Parts) -> Found {
    let found = sources.iter().map(|source| source.find(request));
    let mut found = found.filter(|found| *found != Found::Nothing);
    found.next().unwrap_or(Found::Nothing)
}

/// Answers with the subprotocol that is a source's name, if the client offers it. A browser wants an answer also where
/// its token was found in another source.
pub(super) fn answer_subprotocol(sources: &[TokenSource], request: &mut Parts) {
    for source in sources {
        if let TokenSource::Subprotocol(name) = source
            && select_subprotocol(request, name)
        {
            return;
        }
    }
}

impl TokenSource {
    fn find(self, request: &Parts) -> Found {
        match self {
            Self::Header => Found::among(bearers(request)),
            Self::Cookie(name) => Found::among(cookies(&request.headers, name)),
            Self::Subprotocol(name) => subprotocol(request, name),
            Self::Query(name) => match Query::<Vec<(String, String)>>::try_from_uri(&request.uri) {
                Ok(Query(pairs)) => {
                    let named = pairs.into_iter().filter(|(found, _)| found == name);
                    Found::among(named.map(|(_, value)| value).collect())
                }
                Err(_) => Found::Unclear,
            },
        }
    }

    pub(super) fn security(self) -> SecuritySpec {
        match self {
            Self::Header => SecuritySpec::Bearer {
                format: Some("JWT".to_owned()),
                description: None,
            },
            Self::Cookie(name) => SecuritySpec::Cookie {
                name: name.to_owned(),
                description: Some("A JSON Web Token.".to_owned()),
            },
            Self::Subprotocol(name) => SecuritySpec::Header {
                name: "Sec-WebSocket-Protocol".to_owned(),
                description: Some(format!(
                    "A JSON Web Token, offered as the subprotocol after `{name}`: \
                     `new WebSocket(url, [\"{name}\", token])`. The server answers `{name}`."
                )),
            },
            Self::Query(name) => SecuritySpec::Query {
                name: name.to_owned(),
                description: Some("A JSON Web Token.".to_owned()),
            },
        }
    }
}

/// What stands after `Bearer` (RFC 6750 § 2.1), whose case does not matter.
fn bearers(request: &Parts) -> Vec<String> {
    let values = request.headers.get_all(header::AUTHORIZATION).iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let split = values.filter_map(|value| {
        let (scheme, token) = value.split_once(' ').unwrap_or((&value, ""));
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        is_bearer.then(|| token.trim().to_owned())
    });
    split.collect()
}

fn subprotocol(request: &Parts, name: &str) -> Found {
    let offered: Vec<&str> = offered_subprotocols(&request.headers).collect();
    let mut named = offered
        .iter()
        .enumerate()
        .filter(|(_, found)| **found == name);
    match (named.next(), named.next()) {
        (None, _) => Found::Nothing,
        (Some((at, _)), None) => match offered.get(at + 1) {
            Some(token) => Found::Token((*token).to_owned()),
            None => Found::Unclear,
        },
        (Some(_), Some(_)) => Found::Unclear,
    }
}
