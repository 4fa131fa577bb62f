//! The error of handlers and of an application's `main`.

use std::{borrow::Cow, error::Error as StdError, fmt};

use crate::wire::{ErrorCode, ErrorFrame};

type BoxError = Box<dyn StdError + Send + Sync>;

/// What went wrong: either something the client is told, or something that only the log is told.
///
/// Any error converts with `?`. The client then sees the code `internal` and nothing of the cause.
/// For what a client should see, use [`Error::client`].
pub struct Error(Kind);

enum Kind {
    Client(ErrorFrame),
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
        Self(Kind::Client(ErrorFrame {
            code: code.into(),
            detail: detail.into(),
            fields: Vec::new(),
        }))
    }

    /// The client is told that this is not for it: the code `forbidden`.
    pub fn forbidden() -> Self {
        ErrorCode::Forbidden.into()
    }

    /// An error whose cause is for the log only; the client is told `internal`.
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self(Kind::Internal(cause.into()))
    }

    /// The code that a client sees.
    pub fn code(&self) -> &str {
        match &self.0 {
            Kind::Client(frame) => &frame.code,
            Kind::Internal(_) => ErrorCode::Internal.as_str(),
        }
    }

    /// What the client is told, and the cause for the log.
    pub(crate) fn into_parts(self) -> (ErrorFrame, Option<BoxError>) {
        match self.0 {
            Kind::Client(frame) => (frame, None),
            Kind::Internal(cause) => (ErrorCode::Internal.into(), Some(cause)),
        }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self(Kind::Client(code.into()))
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
            Kind::Client(_) => error.to_string().into(),
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
            Kind::Client(frame) => write!(f, "{}: {}", frame.code, frame.detail),
            Kind::Internal(cause) => cause.fmt(f),
        }
    }
}

/// The message and every cause below it, so that `main` may return it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        if let Kind::Internal(cause) = &self.0 {
            let mut source = cause.source();
            while let Some(cause) = source {
                write!(f, ": {cause}")?;
                source = cause.source();
            }
        }
        Ok(())
    }
}
