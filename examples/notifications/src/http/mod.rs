//! What the program answers over HTTP.

mod notifications;
pub(crate) mod openapi;
mod page;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use example_shared::web::{self, Site};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::live::Live;
use crate::store::SqliteStore;

pub(crate) use page::WORDS;

#[derive(Clone, Debug)]
pub(crate) struct AppState {
    pub(crate) site: Site,
    pub(crate) store: SqliteStore,
    pub(crate) live: Live,
}

impl FromRef<AppState> for Site {
    fn from_ref(state: &AppState) -> Self {
        state.site.clone()
    }
}

/// What programs use, each route with its description.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::document())
        .merge(web::api())
        .routes(routes!(notifications::fire))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::mark_read))
}

/// All routes but the sockets'.
pub(crate) fn router(state: AppState) -> Router {
    let own = Router::new()
        .route("/realtime/", get(page::realtime))
        .merge(api());
    web::router(&state.site, own).with_state(state)
}
