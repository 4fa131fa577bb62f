//! How a command ends.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// A command that did what it was asked to.
pub(crate) type Outcome = Result<Done, Failure>;

/// What there was to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// All is well.
    Well,
    /// Something is to be seen to; it has been told.
    Found,
}

/// Why a command could not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    pub(crate) fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

pub(crate) fn exit_code(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Found) => ExitCode::from(1),
        Err(Failure(reason)) => {
            tell(format_args!("error: {reason}"));
            ExitCode::from(2)
        }
    }
}

/// A line for whoever runs the command.
pub(crate) fn tell(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
