//! Presence while a crowd comes and goes: what a transition costs the server, and what a member is told.
//!
//! `cargo run --release -p bench-crowd` starts a server of its own with the consumer of the presence example, lets a crowd
//! in, and has somebody leave or join, by turns, at a steady rate. In the end everybody stands still until all graces are
//! over, and the roster is compared with who is there.

mod crowd;
mod server;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand};

use crowd::{Crowd, Found};

/// What presence costs while a crowd comes and goes.
#[derive(Debug, Parser)]
#[command(about, version)]
struct Options {
    /// Connections, each of a user of its own
    #[arg(long, default_value_t = 2000)]
    connections: usize,
    /// How many join or leave in a second
    #[arg(long, default_value_t = 500)]
    rate: usize,
    /// For how long
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The server alone, which the other part starts
    #[command(hide = true)]
    Serve,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.command {
        Some(Command::Serve) => server::serve().await,
        None => measure(&options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: &Options) -> Result<(), String> {
    let server = server::Server::start().await?;
    let mut crowd = Crowd::new(&server);
    eprintln!("{} connections come", options.connections);
    crowd.comes(options.connections).await?;
    crowd.is_quiet().await;
    let alone = server.processor_time()?;
    let from = crowd.counted();
    let seconds = Duration::from_secs(options.seconds);
    eprintln!(
        "{} a second leave or join for {} s",
        options.rate, options.seconds
    );
    let transitions = crowd.churns(options.rate, seconds).await?;
    let spent = server.processor_time()? - alone;
    let told = crowd.counted() - from;
    eprintln!("nobody moves until all graces are over");
    let wrong = crowd.is_wrong().await?;
    let found = Found {
        transitions,
        spent,
        told,
        members: options.connections,
        seconds,
    };
    let _ = write!(io::stdout(), "{found}");
    match wrong {
        None => {
            let _ = writeln!(io::stdout(), "| roster | right |");
            Ok(())
        }
        Some(wrong) => Err(wrong),
    }
}
