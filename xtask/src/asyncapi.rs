//! The committed documents of the examples: AsyncAPI of its sockets, OpenAPI of the rest.

use crate::{Outcome, command};

const DOCUMENTS: &str = "asyncapi.json and openapi.json of the examples";

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
    let examples = ["-p", "notifications", "-p", "presence"];
    let mut cargo = command::cargo(["test", "--test", "documents"]);
    cargo.args(examples);
    cargo
}
