//! `realtime`: works with the AsyncAPI document of an application.

use std::process::ExitCode;

fn main() -> ExitCode {
    realtime_cli::run(std::env::args_os())
}
