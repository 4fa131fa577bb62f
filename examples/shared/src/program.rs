//! The program around an example: its options, its log, serving, and how it ends.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use axum::Router;
use clap::{Args, Command, FromArgMatches};
use realtime_runtime::Realtime;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::accounts::Accounts;
use crate::{Config, RedisUrl, StartError};

/// What a program says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its command.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it does, in one sentence without a full stop.
    pub about: &'static str,
    /// Its database file, where it is told no other.
    pub database: &'static str,
}

/// What is served.
#[derive(Debug)]
pub struct Serving {
    /// Pages, endpoints and sockets; `/metrics` is added.
    pub router: Router,
    /// What serves it.
    pub realtime: Realtime,
    /// What is closed in the end.
    pub accounts: Accounts,
}

#[derive(Args)]
struct Options {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000")]
    addr: String,

    /// The database file, made if it is missing; `:memory:` keeps nothing
    #[arg(long, value_name = "FILE")]
    database: PathBuf,

    /// The Redis over which several nodes reach each other, started with one database file;
    /// `redis`, `redis+sentinel` or `redis+cluster`, with an `s` after `redis` for TLS
    #[arg(long, value_name = "URL", env = "REDIS_URL", hide_env_values = true)]
    redis: Option<String>,
}

impl Program {
    fn command(&self) -> Command {
        let command = Command::new(self.name)
            .version(self.version)
            .about(self.about);
        Options::augment_args(command).mut_arg("database", |argument| {
            argument.required(false).default_value(self.database)
        })
    }

    /// Reads the options, opens the application as they say, and serves it until the process is asked to stop.
    pub async fn run(
        &self,
        open: impl AsyncFnOnce(&Config) -> Result<Serving, StartError>,
    ) -> ExitCode {
        let options = Options::from_arg_matches(&self.command().get_matches());
        let options = options.unwrap_or_else(|error| error.exit());
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .init();
        match serve(options, open).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                // Not through the log, which a filter may silence.
                let _ = writeln!(std::io::stderr(), "error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

async fn serve(
    Options {
        addr,
        database,
        redis,
    }: Options,
    open: impl AsyncFnOnce(&Config) -> Result<Serving, StartError>,
) -> Result<(), Box<dyn Error>> {
    // First, as opening may count already.
    let metrics = crate::metrics()?;
    let redis = redis.as_deref().and_then(RedisUrl::new);
    let Serving {
        router,
        realtime,
        accounts,
    } = open(&Config { database, redis }).await?;
    let router = router.merge(metrics);
    let listener = TcpListener::bind(&addr)
        .await
        .map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    let address = listener.local_addr()?;
    // Flushed, and ignored if nobody reads it.
    let mut out = std::io::stdout();
    let _ = writeln!(out, "listening on http://{address}/realtime/").and_then(|()| out.flush());
    let served = realtime.serve(listener, router).await;
    accounts.close().await;
    Ok(served.map_err(|error| error.to_string())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_the_database_has_a_name_of_the_applications() {
        let program = Program {
            name: "here",
            version: "1",
            about: "Something",
            database: "here.db",
        };
        let command = program.command();
        command.clone().debug_assert();
        let read = |arguments: &[&str]| {
            let matches = command.clone().try_get_matches_from(arguments).unwrap();
            let Options { addr, database, .. } = Options::from_arg_matches(&matches).unwrap();
            (addr, database)
        };
        assert_eq!(
            read(&["here"]),
            ("127.0.0.1:3000".to_owned(), "here.db".into())
        );
        assert_eq!(
            read(&["here", "--addr", "x:1", "--database", "y"]),
            ("x:1".to_owned(), "y".into())
        );
    }
}
