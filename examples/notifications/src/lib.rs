//! Notifications that appear in every tab at once: the program, as a library so that tests can run it.

mod http;
mod input;
mod live;
mod store;

use std::path::PathBuf;

use axum::Router;

pub use store::{Draft, OpenError, SqliteStore, Stored};

/// What the program needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database file, or `:memory:`.
    pub database: PathBuf,
}

/// The program, ready to serve.
#[derive(Clone, Debug)]
pub struct App {
    /// Its pages, its endpoints and its sockets.
    pub router: Router,
    /// What it remembers.
    pub store: SqliteStore,
}

/// Builds the program.
///
/// # Errors
///
/// The database cannot be used.
pub async fn app(config: &Config) -> Result<App, OpenError> {
    let store = SqliteStore::open(&config.database).await?;
    let live = live::Live::default();
    let router = http::router(http::AppState {
        store: store.clone(),
        live,
    });
    Ok(App { router, store })
}
