//! The committed documents of the example: AsyncAPI of its sockets, OpenAPI of the rest.

use crate::{Outcome, command};

const DOCUMENTS: &str = "asyncapi.json and openapi.json of examples/notifications";

/// Writes what the program makes over the committed documents.
pub(crate) fn renew() -> Outcome {
    if command::succeeds(compare().env("UPDATE_DOCUMENTS", "1"))? {
        eprintln!("{DOCUMENTS} are what the program makes");
        Ok(())
    } else {
        Err(format!("{DOCUMENTS} could not be renewed; see above"))
    }
}

/// Compares what the program makes with the committed documents.
pub(crate) fn check() -> Outcome {
    if command::succeeds(compare().env_remove("UPDATE_DOCUMENTS"))? {
        Ok(())
    } else {
        Err(format!(
            "{DOCUMENTS} are stale, or could not be built; `cargo xtask asyncapi` renews them"
        ))
    }
}

fn compare() -> std::process::Command {
    command::cargo(["test", "-p", "notifications", "--test", "documents"])
}
