//! The book.

use std::process::Command;

use crate::{Outcome, command};

/// Builds the book into `docs/book`.
pub(crate) fn build() -> Outcome {
    let Some(mdbook) = command::on_path("mdbook") else {
        return Err("`mdbook` is not on PATH; `cargo install mdbook` gets it".to_owned());
    };
    let docs = command::root().join("docs");
    if command::succeeds(Command::new(mdbook).arg("build").arg(&docs))? {
        eprintln!("{}", docs.join("book/index.html").display());
        Ok(())
    } else {
        Err("the book could not be built; see above".to_owned())
    }
}
