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
    let App { router, store } = notifications::app(&Config { database }).await?;
    let listener = TcpListener::bind(&addr)
        .await
        .map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    let address = listener.local_addr()?;
    // Flushed, and ignored if nobody reads it.
    let mut out = std::io::stdout();
    let _ = writeln!(out, "listening on http://{address}/realtime/").and_then(|()| out.flush());
    axum::serve(listener, router)
        .with_graceful_shutdown(stop())
        .await?;
    store.close().await;
    Ok(())
}

/// Returns when the program is asked to stop.
async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::select! { _ = interrupt => {}, _ = terminate => {} }
}
