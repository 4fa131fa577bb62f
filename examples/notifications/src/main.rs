//! Serves the notifications example.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use notifications::{App, Config};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Notifications that appear in every tab at once.
#[derive(Debug, Parser)]
#[command(about, version)]
struct Options {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000")]
    addr: String,

    /// The database file, made if it is missing; `:memory:` keeps nothing
    #[arg(long, value_name = "FILE", default_value = "notifications.db")]
    database: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not through the log, which a filter may silence.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Options { addr, database }: Options) -> Result<(), Box<dyn Error>> {
    let App {
        router,
        realtime,
        store,
    } = notifications::app(&Config { database }).await?;
    let router = router.merge(notifications::metrics()?);
    let listener = TcpListener::bind(&addr)
        .await
        .map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    let address = listener.local_addr()?;
    // Flushed, and ignored if nobody reads it.
    let mut out = std::io::stdout();
    let _ = writeln!(out, "listening on http://{address}/realtime/").and_then(|()| out.flush());
    let served = realtime.serve(listener, router).await;
    store.close().await;
    Ok(served.map_err(|error| error.to_string())?)
}
