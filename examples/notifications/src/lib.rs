//! Notifications that appear in every tab at once: the program, as a library so that tests can run it.

mod http;
mod input;
mod live;
mod store;

use axum::Router;
use example_shared::web::Site;
use notifications_contract::mount;
use realtime_runtime::{Docs, Realtime};

pub use example_shared::{Config, StartError, metrics};
pub use store::{Draft, SqliteStore, Stored};

/// The AsyncAPI document of the sockets, as the build wrote it.
pub const ASYNCAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/asyncapi.json"));

/// The OpenAPI document of what is said over HTTP, as the program serves it.
pub fn openapi() -> &'static str {
    &http::openapi::TEXT
}

/// The program, ready to serve.
#[derive(Clone, Debug)]
pub struct App {
    /// Its pages, its endpoints and its sockets.
    pub router: Router,
    /// What serves it.
    pub realtime: Realtime,
    /// What it remembers.
    pub store: SqliteStore,
}

/// Builds the program.
///
/// # Errors
///
/// The database cannot be used, or the URL of Redis cannot be read.
pub async fn app(config: &Config) -> Result<App, StartError> {
    let store = SqliteStore::open(&config.database).await?;
    let builder = mount::<SqliteStore>(Realtime::builder().state(store.clone()));
    let realtime = config
        .join(builder)
        .await?
        .docs(Docs::at("/docs").openapi("/openapi.json"))
        .build()?;
    let pages = http::router(http::AppState {
        site: Site::new(&http::WORDS, store.accounts().clone(), realtime.layer()),
        store: store.clone(),
        live: live::Live::new(realtime.layer()),
    });
    Ok(App {
        router: pages.merge(realtime.router()).merge(realtime.health()),
        realtime,
        store,
    })
}
