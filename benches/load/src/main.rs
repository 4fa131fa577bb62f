//! Puts a server under load, and prints what it found as one line of JSON.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use bench_load::{Plan, Soak};
use clap::Parser;
use serde::Serialize;

/// Puts a server under load, and prints what it found as one line of JSON. `soak` prints one for each sample, and a last one
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
    /// Seconds between two samples of `soak`
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    every: f64,
    /// `echo`, `fanout`, `slow`, `idle`, `connect` or `soak`
    kind: String,
    /// `CONNECTIONSxOUTSTANDING` of `echo`, `MEMBERSxINFLIGHT` of `fanout` and `slow`, else `CONNECTIONS`
    size: String,
}

impl Options {
    fn plan(&self) -> Result<Plan, String> {
        Ok(Plan {
            url: self.url.clone(),
            server: self.pid,
            scenario: format!("{} {}", self.kind, self.size).parse()?,
            warm_up: time(self.warm_up)?,
            time: time(self.seconds)?,
        })
    }

    fn soak(&self) -> Result<Soak, String> {
        let connections = self.size.parse().ok().filter(|count| *count > 0);
        Ok(Soak {
            url: self.url.clone(),
            server: self.pid,
            connections: connections.ok_or("`soak` takes a number of connections")?,
            time: time(self.seconds)?,
            every: time(self.every)?.max(Duration::from_millis(100)),
        })
    }
}

fn time(seconds: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    if options.kind == "soak" {
        // Whoever reads the samples may be gone; the run is about the server.
        let totals = bench_load::soak(&options.soak()?, |sample| {
            let _ = print(sample);
        })?;
        return print(&totals);
    }
    print(&bench_load::measure(&options.plan()?)?)
}

fn print(found: &impl Serialize) -> Result<(), String> {
    let line = serde_json::to_string(found).map_err(|error| error.to_string())?;
    writeln!(io::stdout(), "{line}").map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(kind: &str, size: &str) -> Options {
        let arguments = ["bench-load", "--url", "ws://h:1/", "--pid", "1", kind, size];
        Options::try_parse_from(arguments).unwrap()
    }

    #[test]
    fn a_soak_is_of_so_many_connections() {
        let soak = options("soak", "1000").soak().unwrap();
        assert_eq!((soak.connections, soak.every.as_secs()), (1000, 10));
        for size in ["0", "5x1", "many"] {
            assert!(options("soak", size).soak().is_err(), "{size}");
        }
        assert!(options("soak", "1000").plan().is_err());
    }
}
