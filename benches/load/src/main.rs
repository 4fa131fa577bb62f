//! Puts a server under load, and prints what it found as one line of JSON.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use bench_load::Plan;
use clap::Parser;

/// Puts a server under load, and prints what it found as one line of JSON.
#[derive(Debug, Parser)]
#[command(about, version)]
struct Options {
    /// Where the server is
    #[arg(long, value_name = "ws://HOST:PORT/PATH")]
    url: String,
    /// The server's process, whose time and memory are looked at
    #[arg(long)]
    pid: u32,
    /// How long is measured
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// How long is not measured before that
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    warm_up: f64,
    /// `echo`, `fanout` or `idle`
    kind: String,
    /// `CONNECTIONSxOUTSTANDING`, `MEMBERSxINFLIGHT` or `CONNECTIONS`
    size: String,
}

impl Options {
    fn plan(&self) -> Result<Plan, String> {
        let time =
            |seconds| Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string());
        Ok(Plan {
            url: self.url.clone(),
            server: self.pid,
            scenario: format!("{} {}", self.kind, self.size).parse()?,
            warm_up: time(self.warm_up)?,
            time: time(self.seconds)?,
        })
    }
}

fn main() -> ExitCode {
    let report = Options::parse()
        .plan()
        .and_then(|plan| bench_load::measure(&plan));
    let report =
        report.and_then(|report| serde_json::to_string(&report).map_err(|error| error.to_string()));
    match report {
        Ok(report) => {
            let _ = writeln!(io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
