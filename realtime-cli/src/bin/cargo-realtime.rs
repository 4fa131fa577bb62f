//! The same as `cargo realtime`: cargo runs `cargo-realtime realtime …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    realtime_cli::run_under_cargo(std::env::args_os())
}
