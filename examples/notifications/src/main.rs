//! Serves the notifications example.

use std::process::ExitCode;

use example_shared::program::{Program, Serving};
use notifications::App;

const PROGRAM: Program = Program {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    database: "notifications.db",
};

#[tokio::main]
async fn main() -> ExitCode {
    PROGRAM
        .run(async |config| {
            let App {
                router,
                realtime,
                store,
            } = notifications::app(config).await?;
            Ok(Serving {
                router,
                realtime,
                accounts: store.accounts().clone(),
            })
        })
        .await
}
