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
    Http(StatusCode),
    Internal(Box<dyn StdError + Send + Sync>),
}

impl Reject {
    /// Close 4401: not signed in. Clients do not try again.
    pub fn unauthenticated(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::close(CloseCode::UNAUTHENTICATED, reason)
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
            Refusal::Http(status) => write!(f, "HTTP {status}"),
            Refusal::Internal(cause) => write!(f, "internal: {cause}"),
        }
    }
}
