//! What the program answers over HTTP.

mod body;
mod error;
mod guard;
mod identity;
mod notifications;
mod pages;
mod session;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, map_response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::Key;

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

/// All routes but the sockets'.
pub(crate) fn router(state: AppState) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/login", get(pages::login).post(session::login))
        .route("/logout", post(session::logout))
        .route("/realtime", get(pages::home))
        .route("/realtime/", get(pages::realtime))
        .route("/realtime/fire/", post(notifications::fire))
        .route("/notifications", get(notifications::list))
        .route("/notifications/{id}/read", post(notifications::mark_read))
        .route("/assets/{name}", get(pages::asset))
        .route("/asyncapi.json", get(pages::asyncapi))
        .fallback(async || HttpError::not_found("There is nothing here."))
        .method_not_allowed_fallback(async || HttpError::method_not_allowed())
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn(guard::refuse_foreign_posts))
        .layer(from_fn(error::show_as_page))
        .layer(map_response(guard::harden))
        .with_state(state)
}
