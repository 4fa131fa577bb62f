//! Who is here, and what they are up to: the program, as a library so that tests can run it.

mod http;

use axum::Router;
use example_shared::accounts::{Accounts, Schema};
use example_shared::web::Site;
use presence_contract::mount;
use realtime_runtime::{Docs, Realtime};

pub use example_shared::{Config, StartError, metrics};

/// The AsyncAPI document of the sockets, as the build wrote it.
pub const ASYNCAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/asyncapi.json"));

/// The OpenAPI document of what is said over HTTP, as the program serves it.
pub fn openapi() -> &'static str {
    &http::OPENAPI
}

/// Users and their sessions are all that is kept.
const SCHEMA: Schema = Schema {
    // "here" in ASCII.
    application: 0x6865_7265,
    tables: "",
    migrations: &[],
};

/// The program, ready to serve.
#[derive(Clone, Debug)]
pub struct App {
    /// Its pages, its endpoints and its sockets.
    pub router: Router,
    /// What serves it.
    pub realtime: Realtime,
    /// Who may sign in, and who has; who is here is nowhere but in memory.
    pub accounts: Accounts,
}

/// Builds the program.
///
/// # Errors
///
/// The database cannot be used, or the URL of Redis cannot be read.
pub async fn app(config: &Config) -> Result<App, StartError> {
    let accounts = Accounts::open(&config.database, &SCHEMA).await?;
    let builder = mount::<Accounts>(Realtime::builder().state(accounts.clone()));
    let realtime = config
        .join(builder)
        .await?
        .docs(Docs::at("/docs").openapi("/openapi.json"))
        .build()?;
    let site = Site::new(&http::WORDS, accounts.clone(), realtime.layer());
    Ok(App {
        router: http::router(site)
            .merge(realtime.router())
            .merge(realtime.health()),
        realtime,
        accounts,
    })
}
