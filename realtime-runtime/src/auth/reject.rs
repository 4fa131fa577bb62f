//! Refusing a connection.

use std::{borrow::Cow, error::Error as StdError, fmt};

use http::StatusCode;

use crate::{error::Error, wire::CloseCode};

/// Why a connection is refused, and how the client learns of it.
///
/// A browser cannot see the HTTP status of a failed handshake. Hence the handshake usually succeeds and the socket is
/// closed at once with a code and a reason; [`Reject::http`] refuses the handshake itself.
///
/// Any error converts with `?`: it is logged, and the client sees close 1011 and nothing of the cause.
pub struct Reject(pub(crate) Refusal);

pub(crate) enum Refusal {
    Close(CloseCode, Cow<'static, str>),
    /// There is nothing to go by; another authenticator may be asked.
    NoCredentials,
    Http(StatusCode),
    Internal(Box<dyn StdError + Send + Sync>),
}

impl Reject {
    /// Close 4401: not signed in. Clients do not try again.
    pub fn unauthenticated(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::close(CloseCode::UNAUTHENTICATED, reason)
    }

    /// Close 4401, as the request shows no credentials of the kind that is looked for.
    ///
    /// [`Optional`](super::Optional) lets such a client in, [`AnyOf`](super::AnyOf) asks the next authenticator.
    pub fn no_credentials() -> Self {
        Self(Refusal::NoCredentials)
    }

    /// Close 4403: signed in, but not allowed. Clients do not try again.
    pub fn forbidden(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::close(CloseCode::FORBIDDEN, reason)
    }

    /// Close 4404: what the path names does not exist. Clients do not try again.
    pub fn not_found(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::close(CloseCode::NOT_FOUND, reason)
    }

    /// Any other code, with a reason of at most 123 bytes; a longer one is cut.
    pub fn close(code: CloseCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self(Refusal::Close(code, reason.into()))
    }

    /// Refuses the handshake with an HTTP status; for clients that are not browsers.
    pub fn http(status: StatusCode) -> Self {
        Self(Refusal::Http(status))
    }

    /// Close 1011; the cause is for the log only.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(Refusal::Internal(cause.into()))
    }
}

// Not itself a `std::error::Error`, so that every such error converts with `?`.
impl<E: StdError + Send + Sync + 'static> From<E> for Reject {
    fn from(cause: E) -> Self {
        Self::internal(cause)
    }
}

impl From<Error> for Reject {
    fn from(error: Error) -> Self {
        Self::internal(error)
    }
}

impl fmt::Debug for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Refusal::Close(code, reason) => write!(f, "close {code}: {reason}"),
            Refusal::NoCredentials => f.write_str("no credentials"),
            Refusal::Http(status) => write!(f, "HTTP {status}"),
            Refusal::Internal(cause) => write!(f, "internal: {cause}"),
        }
    }
}

/// A refusal as the client of a connection that stands is told, and what only the log is told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) code: CloseCode,
    pub(crate) reason: Cow<'static, str>,
    pub(crate) cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Refusal {
    /// The close that says it.
    pub(crate) fn told(self) -> Told {
        let told = |code, reason| Told {
            code,
            reason,
            cause: None,
        };
        match self {
            Self::Close(code, reason) => told(code, reason),
            Self::NoCredentials => told(CloseCode::UNAUTHENTICATED, "not signed in".into()),
            Self::Http(status) => told(CloseCode::from_status(status), Cow::Borrowed("")),
            Self::Internal(cause) => Told {
                code: CloseCode::INTERNAL,
                reason: "the server could not set the connection up".into(),
                cause: Some(cause),
            },
        }
    }
}

impl Told {
    /// The HTTP status that says the same.
    pub(crate) fn status(&self) -> StatusCode {
        let status = match self.code.as_u16() {
            code @ 4400..=4599 => code - 4000,
            1000..=1015 => 500,
            _ => 403,
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN)
    }
}
