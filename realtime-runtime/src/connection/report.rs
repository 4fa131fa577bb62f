//! What the log is told of a failure, and what the client is told instead.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Link;
use crate::{
    cause::Cause,
    error::Error,
    wire::{ErrorCode, ErrorFrame},
};

/// Logs what the client must not see, and says what it is told. `Err`: a panic's message.
pub(crate) fn report(
    failed: Result<Option<Error>, String>,
    link: &Link,
    what: &'static str,
    cause: &Cause,
) -> ErrorFrame {
    let (connection, consumer) = (link.id(), link.consumer());
    match failed {
        Err(panic) => {
            if let Some(probe) = &link.probe {
                let who = cause.what().map(|who| who());
                probe
                    .app()
                    .panicked(who.unwrap_or_else(|| what.to_owned()), &panic);
            }
            tracing::error!(%connection, consumer, panic, "{what}");
            ErrorCode::Internal.into()
        }
        Ok(None) => ErrorCode::Internal.into(),
        Ok(Some(error)) => {
            let (frame, cause) = error.into_parts();
            match cause {
                Some(cause) => {
                    // An application's error may panic even while it is shown.
                    let logged = catch_unwind(AssertUnwindSafe(|| {
                        let cause = &*cause as &(dyn std::error::Error + 'static);
                        if frame.code == ErrorCode::Internal.as_str() {
                            tracing::error!(%connection, consumer, error = cause, "{what}");
                        } else {
                            tracing::warn!(%connection, consumer, code = %frame.code, error = cause, "{what}");
                        }
                    }));
                    if logged.is_err() {
                        tracing::error!(%connection, consumer, "{what}, and its error panics when shown");
                    }
                }
                None => {
                    tracing::debug!(%connection, consumer, code = %frame.code, "{what}");
                }
            }
            frame
        }
    }
}
