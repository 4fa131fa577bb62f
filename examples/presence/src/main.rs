//! Serves the presence example.

use std::process::ExitCode;

use example_shared::program::{Program, Serving};
use presence::App;

const PROGRAM: Program = Program {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    database: "presence.db",
};

#[tokio::main]
async fn main() -> ExitCode {
    PROGRAM
        .run(async |config| {
            let App {
                router,
                realtime,
                accounts,
            } = presence::app(config).await?;
            Ok(Serving {
                router,
                realtime,
                accounts,
            })
        })
        .await
}
