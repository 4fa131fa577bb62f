//! Every kind of abuse at once against a server, while well-behaved clients exchange messages: `cargo xtask abuse`.
//!
//! The server is a process of its own, so that its memory and its time are its own too. All is on the loopback, and
//! everything that waits is bounded.

mod attack;
mod good;
mod latency;
mod process;
mod run;
mod server;
mod wire;

use std::process::ExitCode;

/// Why a run failed, one line for each promise that was broken.
pub(crate) type Outcome = Result<(), String>;

const SHORTEST: u64 = 20;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["server"] => server::run().await,
        [] => run::run(120).await,
        ["--seconds", seconds] => match seconds.parse() {
            Ok(seconds) if seconds >= SHORTEST => run::run(seconds).await,
            _ => return usage(),
        },
        _ => return usage(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\nerror: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: abuse [--seconds N], with N from {SHORTEST} on; 120 unless said otherwise");
    ExitCode::from(2)
}
