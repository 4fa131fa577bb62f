//! The error of handlers and of an application's `main`.

use std::{borrow::Cow, error::Error as StdError, fmt};

use crate::wire::{ErrorCode, ErrorFrame};

/// What may be logged as a cause.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// What went wrong: either something the client is told, or something that only the log is told.
///
/// Any error converts with `?`. The client then sees the code `internal` and nothing of the cause.
/// For what a client should see, use [`Error::client`], or derive [`ClientError`](derive@crate::ClientError) for an
/// error type of your own.
pub struct Error(Kind);

enum Kind {
    /// What the client is told, and what only the log is told besides.
    Client(ErrorFrame, Option<BoxError>),
    Internal(BoxError),
}

impl Error {
    /// An error that the client is told: a stable code for programs, a sentence for people.
    ///
    /// ```
    /// # use realtime_runtime::Error;
    /// let error = Error::client("not_found", "There is no such room.");
    /// assert_eq!(error.to_string(), "not_found: There is no such room.");
    /// ```
    pub fn client(
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let frame = ErrorFrame {
            code: code.into(),
            detail: detail.into(),
            fields: Vec::new(),
        };
        Self(Kind::Client(frame, None))
    }

    /// The client is told that this is not for it: the code `forbidden`.
    pub fn forbidden() -> Self {
        ErrorCode::Forbidden.into()
    }

    /// An error whose cause is for the log only; the client is told `internal`.
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self(Kind::Internal(cause.into()))
    }

    /// Adds what caused it, for the log only; the client is told the same as without.
    ///
    /// An error that is for the log already, or that has a cause, keeps the message of what is logged; this cause is logged
    /// below it, in place of what came below.
    ///
    /// ```
    /// # use realtime_runtime::Error;
    /// let cause = std::io::Error::other("disk full");
    /// let error = Error::client("away", "Try again later.").with_cause(cause);
    /// assert_eq!(error.to_string(), "away: Try again later.");
    /// assert_eq!(format!("{error:?}"), "away: Try again later.: disk full");
    /// ```
    #[must_use]
    pub fn with_cause(self, cause: impl Into<BoxError>) -> Self {
        let cause = cause.into();
        Self(match self.0 {
            Kind::Client(frame, None) => Kind::Client(frame, Some(cause)),
            Kind::Client(frame, Some(what)) => {
                Kind::Client(frame, Some(Box::new(Caused { what, cause })))
            }
            Kind::Internal(what) => Kind::Internal(Box::new(Caused { what, cause })),
        })
    }

    /// The code that a client sees.
    pub fn code(&self) -> &str {
        match &self.0 {
            Kind::Client(frame, _) => &frame.code,
            Kind::Internal(_) => ErrorCode::Internal.as_str(),
        }
    }

    /// What the client is told, and the cause for the log.
    pub(crate) fn into_parts(self) -> (ErrorFrame, Option<BoxError>) {
        match self.0 {
            Kind::Client(frame, cause) => (frame, cause),
            Kind::Internal(cause) => (ErrorCode::Internal.into(), Some(cause)),
        }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self(Kind::Client(code.into(), None))
    }
}

// Not itself a `std::error::Error`, so that every such error converts with `?`.
impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(cause: E) -> Self {
        Self(Kind::Internal(Box::new(cause)))
    }
}

/// So that a `main` with a boxed error may use `?`.
impl From<Error> for BoxError {
    fn from(error: Error) -> Self {
        match error.0 {
            Kind::Internal(cause) => cause,
            Kind::Client(frame, None) => told(&frame).into(),
            Kind::Client(frame, Some(cause)) => {
                let what = told(&frame).into();
                Box::new(Caused { what, cause })
            }
        }
    }
}

/// As the one above.
impl From<Error> for Box<dyn StdError> {
    fn from(error: Error) -> Self {
        BoxError::from(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Client(frame, _) => f.write_str(&told(frame)),
            Kind::Internal(cause) => cause.fmt(f),
        }
    }
}

/// The message and every cause below it, so that `main` may return it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut next = match &self.0 {
            Kind::Client(_, None) => None,
            Kind::Client(_, Some(cause)) => Some(&**cause as &dyn StdError),
            Kind::Internal(cause) => cause.source(),
        };
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

/// The client's own words.
fn told(frame: &ErrorFrame) -> String {
    format!("{}: {}", frame.code, frame.detail)
}

/// An error with another as its source.
#[derive(Debug)]
struct Caused {
    what: BoxError,
    cause: BoxError,
}

impl fmt::Display for Caused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl StdError for Caused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.cause)
    }
}
