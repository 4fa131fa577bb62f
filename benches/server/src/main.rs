//! The server that `cargo xtask bench` measures: `/ws` with twenty typed messages and one group that everyone is in.
//!
//! Anyone may connect, and as fast as a load generator is; everything else is as it is by default.

mod messages;
mod room;

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser;
use realtime_runtime::Realtime;
use tokio::net::TcpListener;

use room::Room;

/// Beyond what any load generator reaches. The limit is not off: what it costs is part of what is measured.
const FRAMES: u32 = 10_000_000;

/// A server of twenty typed messages at `/ws`, for load generators.
#[derive(Debug, Parser)]
#[command(about, version)]
struct Options {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9002")]
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
        .consumer::<Room>("/ws")
        .any_origin()
        .frames_per_second(FRAMES, FRAMES)
        .build()?;
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    let address = listener.local_addr()?;
    // Flushed, and ignored if nobody reads it. Who connects from now on is accepted.
    let mut out = io::stdout();
    let _ = writeln!(out, "listening on ws://{address}/ws").and_then(|()| out.flush());
    let router = realtime.router();
    Ok(realtime
        .serve(listener, router)
        .await
        .map_err(|error| error.to_string())?)
}
