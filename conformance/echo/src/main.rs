//! Echoes text and binary messages at `/`, through the connection code that every consumer has.
//!
//! It is what suites that test the WebSocket protocol speak to, the Autobahn test suite above all: `cargo xtask autobahn`.

mod consumer;

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser;
use realtime_runtime::Realtime;
use tokio::net::TcpListener;

use consumer::Echo;

/// Size of a message and of the outbox, in bytes: the suites send more than an application would take.
const LARGE: usize = 64 * 1024 * 1024;

/// Echoes every WebSocket message at `/`, for suites that test the protocol.
#[derive(Debug, Parser)]
#[command(about, version)]
struct Options {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9001")]
    addr: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Options { addr }: &Options) -> Result<(), Box<dyn Error>> {
    let realtime = Realtime::builder()
        .consumer::<Echo>("/")
        .any_origin()
        .max_message_bytes(LARGE)
        .outbox(1024, LARGE)
        .unlimited_frames()
        .build()?;
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    let address = listener.local_addr()?;
    // Flushed, and ignored if nobody reads it. Who connects from now on is accepted.
    let mut out = io::stdout();
    let _ = writeln!(out, "listening on ws://{address}/").and_then(|()| out.flush());
    let router = realtime.router();
    Ok(realtime
        .serve(listener, router)
        .await
        .map_err(|error| error.to_string())?)
}
