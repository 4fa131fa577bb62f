//! The committed AsyncAPI document of the example.

use crate::{Outcome, command};

const DOCUMENT: &str = "examples/notifications/asyncapi.json";

/// Writes what the build makes over the committed document.
pub(crate) fn renew() -> Outcome {
    if command::succeeds(compare().env("UPDATE_ASYNCAPI", "1"))? {
        eprintln!("{DOCUMENT} is what the build makes");
        Ok(())
    } else {
        Err(format!("{DOCUMENT} could not be renewed; see above"))
    }
}

/// Compares what the build makes with the committed document.
pub(crate) fn check() -> Outcome {
    if command::succeeds(compare().env_remove("UPDATE_ASYNCAPI"))? {
        Ok(())
    } else {
        Err(format!(
            "{DOCUMENT} is stale, or could not be built; `cargo xtask asyncapi` renews it"
        ))
    }
}

fn compare() -> std::process::Command {
    command::cargo(["test", "-p", "notifications", "--test", "asyncapi"])
}
