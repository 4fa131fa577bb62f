//! What the program answers over HTTP.

mod body;
mod error;
mod guard;
mod identity;
mod notifications;
pub(crate) mod openapi;
mod pages;
mod refusals;
mod session;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, map_response};
use axum::routing::get;
use axum_extra::extract::cookie::Key;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::live::Live;
use crate::store::SqliteStore;

use error::HttpError;

/// The longest request body in bytes. A longer one is answered with 413.
const LONGEST_BODY: usize = 64 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct AppState {
    pub(crate) store: SqliteStore,
    pub(crate) live: Live,
}

impl FromRef<AppState> for Key {
    fn from_ref(state: &AppState) -> Self {
        state.store.key().clone()
    }
}

/// What programs use, each route with its description.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::document())
        .routes(routes!(session::login))
        .routes(routes!(session::logout))
        .routes(routes!(notifications::fire))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::mark_read))
        .routes(routes!(openapi::asyncapi))
        .routes(routes!(openapi::openapi))
}

/// All routes but the sockets'.
pub(crate) fn router(state: AppState) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/login", get(pages::login))
        .route("/realtime", get(pages::home))
        .route("/realtime/", get(pages::realtime))
        .route("/assets/{name}", get(pages::asset))
        .merge(api())
        .fallback(async || HttpError::not_found("There is nothing here."))
        .method_not_allowed_fallback(async || HttpError::method_not_allowed())
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn(guard::refuse_foreign_posts))
        .layer(from_fn(error::show_as_page))
        .layer(map_response(guard::harden))
        .with_state(state)
}
