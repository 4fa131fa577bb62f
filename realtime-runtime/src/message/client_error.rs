//! Errors that say what a client is told.

use crate::error::Error;

/// An error that a handler may return: it says what the client is told. Implemented by
/// [`#[derive(ClientError)]`](derive@crate::ClientError).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what a client is told",
    label = "not an error for clients",
    note = "derive `ClientError` for it, or return `realtime_runtime::Error`"
)]
pub trait ClientError: Send + 'static {
    /// Whether it may use other codes than [`codes`](Self::codes): the document then says that the list is not all.
    const OTHER_CODES: bool = false;

    /// The codes that it may use, for the document; one may stand there twice.
    ///
    /// In debug builds a handler that tells another code panics, unless [`OTHER_CODES`](Self::OTHER_CODES) says that there are
    /// others.
    fn codes() -> Vec<&'static str>;

    /// What the client is told, and what only the log is told.
    fn into_error(self) -> Error;
}

impl ClientError for Error {
    /// [`Error::client`] takes any code.
    const OTHER_CODES: bool = true;

    fn codes() -> Vec<&'static str> {
        Vec::new()
    }

    fn into_error(self) -> Error {
        self
    }
}
