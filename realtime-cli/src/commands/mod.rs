//! What the commands do.

mod check;
mod diff;
mod emit;
mod validate;
mod view;

use crate::arguments::Command;
use crate::outcome::Outcome;

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Emit(emit) => emit::run(emit),
        Command::Check(check) => check::run(check),
        Command::Diff(diff) => diff::run(diff),
        Command::View(view) => view::run(view),
        Command::Validate(validate) => validate::run(validate),
    }
}
