//! Authenticators that do what a header tells them.

use std::time::{Duration, SystemTime};

use http::request::Parts;
use realtime_runtime::{
    asyncapi::spec::SecuritySpec,
    auth::{Authenticator, Reject, select_subprotocol},
};

/// Does what the header `x-0`, `x-1` … says; no header, no credentials.
pub struct Fake<const N: usize>;

/// Who a [`Fake`] says that it is. `soon` expires in a minute, `later` in two.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub user: Option<String>,
    pub session: Option<String>,
    pub expires: Option<Duration>,
    /// How it was told so.
    pub by: String,
}

/// `ann`, `ann/session`, `ann/session/60`: each part may be empty.
fn known(text: &str) -> Known {
    let mut parts = text
        .split('/')
        .map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
    let mut next = || parts.next().flatten();
    Known {
        user: next(),
        session: next(),
        expires: next().map(|seconds| Duration::from_secs(seconds.parse().unwrap())),
        by: text.to_owned(),
    }
}

fn answer(text: &str, number: usize) -> Result<Known, Reject> {
    match text {
        "none" => Err(Reject::no_credentials()),
        "bad" => Err(Reject::unauthenticated(format!("bad {number}"))),
        "forbidden" => Err(Reject::forbidden(format!("forbidden {number}"))),
        "http" => Err(Reject::http(http::StatusCode::PAYMENT_REQUIRED)),
        "error" => Err(std::io::Error::other("the secret of the authenticator"))?,
        "panic" => panic!("the secret of the authenticator"),
        text => Ok(known(text)),
    }
}

impl<const N: usize> Authenticator<()> for Fake<N> {
    type Identity = Known;

    /// The third does not.
    const REFRESHES: bool = N < 2;

    async fn authenticate(request: &mut Parts, (): &()) -> Result<Known, Reject> {
        select_subprotocol(request, &format!("protocol-{N}"));
        let header = request.headers.get(format!("x-{N}"));
        answer(header.map_or("none", |value| value.to_str().unwrap()), N)
    }

    fn user(identity: &Known) -> Option<String> {
        identity.user.clone()
    }

    fn session(identity: &Known) -> Option<String> {
        identity.session.clone()
    }

    fn expires(identity: &Known) -> Option<SystemTime> {
        identity
            .expires
            .map(|expires| SystemTime::UNIX_EPOCH + expires)
    }

    /// Takes tokens such as `0:ann`.
    async fn refresh(_: &Known, token: &str, (): &()) -> Result<Known, Reject> {
        match token.split_once(':') {
            Some((number, text)) if number == N.to_string() => answer(text, N),
            _ => Err(Reject::unauthenticated(format!("not for {N}"))),
        }
    }

    async fn recheck(identity: &Known, (): &()) -> Result<(), Reject> {
        if identity.session.as_deref() == Some("ended") {
            Err(Reject::unauthenticated(format!("ended {N}")))
        } else {
            Ok(())
        }
    }

    fn security() -> Vec<SecuritySpec> {
        vec![SecuritySpec::Header {
            name: format!("x-{N}"),
            description: Some("A header.".to_owned()),
        }]
    }
}

/// What comes of a request with these headers: the identity or the refusal, as text.
pub async fn asked<A: Authenticator<()>>(
    headers: &[(&str, &str)],
    show: impl Fn(A::Identity) -> String,
) -> String {
    let mut request = http::Request::get("/ws");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    match A::authenticate(&mut parts, &()).await {
        Ok(identity) => show(identity),
        Err(reject) => format!("{reject:?}"),
    }
}

/// What comes of a fresh token.
pub async fn refreshed<A: Authenticator<()>>(
    identity: &A::Identity,
    token: &str,
    show: impl Fn(A::Identity) -> String,
) -> String {
    match A::refresh(identity, token, &()).await {
        Ok(identity) => show(identity),
        Err(reject) => format!("{reject:?}"),
    }
}

/// What a refused connection looks like: two authenticators, of which none may let anybody in by breaking.
pub const BREAKS: [&str; 2] = ["error", "panic"];

impl Known {
    pub fn from(text: &str) -> Self {
        known(text)
    }
}
