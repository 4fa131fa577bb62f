//! The `realtime` command, also as `cargo realtime`.
//!
//! `realtime asyncapi` works with the AsyncAPI document of an application: [`emit`](Command::Emit) gets it out of a
//! package, [`check`](Command::Check) fails where a committed copy is stale, [`diff`](Command::Diff) says what a change
//! breaks, [`view`](Command::View) shows it, and [`validate`](Command::Validate) looks for faults.
//!
//! # Where the document comes from
//!
//! From the package's build script, which calls `realtime_runtime::asyncapi::emit`: it leaves `asyncapi.json` in
//! `OUT_DIR`. `cargo check` says where that is. Nothing else is asked of the application.
//!
//! # Exit status
//!
//! 0: all is well. 1: there is something to be seen to, such as a stale copy, a fault, or a change that breaks clients.
//! 2: it could not be done, for example because a file cannot be read.

mod arguments;
mod cargo;
mod commands;
mod files;
mod listing;
mod outcome;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use self::arguments::{
    Asyncapi, Build, Check, Command, Diff, Direction, Emit, FailOn, FormatName, Realtime, Spec,
    Validate, View,
};

/// Runs the command line `realtime …` and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Realtime { asyncapi } = match Realtime::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help goes to standard output and is no failure.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let Asyncapi::Asyncapi { command } = asyncapi;
    outcome::exit_code(commands::run(&command))
}

/// Runs the command line `cargo-realtime realtime …`, as cargo calls it.
pub fn run_under_cargo(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|first| first == "realtime") {
        arguments.remove(1);
    }
    if let Some(program) = arguments.first_mut() {
        *program = "cargo realtime".into();
    }
    run(arguments)
}
