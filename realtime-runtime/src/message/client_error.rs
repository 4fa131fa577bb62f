//! Errors that say what a client is told.

use crate::error::Error;

/// An error that a handler may return: it says what the client is told.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what a client is told",
    label = "not an error for clients",
    note = "use `realtime_runtime::Error`, or implement `ClientError` for it"
)]
pub trait ClientError: Send + 'static {
    /// The codes that it may use, for the document.
    const CODES: &'static [&'static str];
    /// Whether it may use others, too: the document then says that the list is not all.
    const OTHER_CODES: bool = false;

    /// What the client is told, and what only the log is told.
    fn into_error(self) -> Error;
}

impl ClientError for Error {
    const CODES: &'static [&'static str] = &[];
    /// [`Error::client`] takes any code.
    const OTHER_CODES: bool = true;

    fn into_error(self) -> Error {
        self
    }
}
