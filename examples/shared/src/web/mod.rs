//! What every example answers over HTTP: signing in and out, pages and files, refusals, and who may ask.

mod body;
mod error;
mod guard;
mod identity;
pub mod openapi;
mod pages;
pub mod refusals;
mod session;
mod site;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use body::{Answer, Fields};
pub use error::HttpError;
pub use identity::{Reader, SignedIn, Visitor};
pub use pages::filled;
pub use site::{File, Site, Words, to_the_end};

/// The longest request body in bytes. A longer one is answered with 413.
const LONGEST_BODY: usize = 64 * 1024;

/// What programs use of every example, each route with its description: the session and the documents. The application
/// adds its own routes, and [`openapi::describe`] what is said of the whole.
pub fn api<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Site: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(session::login))
        .routes(routes!(session::logout))
        .routes(routes!(openapi::asyncapi))
        .routes(routes!(openapi::openapi))
}

/// All routes but the sockets': what people use of every example, and what the application has, which is [`api`] and
/// the page `/realtime/` at least. What holds for every request and every answer is laid around them.
pub fn router<S>(site: &Site, own: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Site: FromRef<S>,
{
    Router::new()
        .route("/", get(pages::home))
        .route("/login", get(pages::login))
        .route("/realtime", get(pages::home))
        .route("/assets/{name}", get(pages::asset))
        .merge(own)
        .fallback(async || HttpError::not_found("There is nothing here."))
        .method_not_allowed_fallback(async || HttpError::method_not_allowed())
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn(guard::refuse_foreign_posts))
        .layer(from_fn_with_state(site.words, error::show_as_page))
        .layer(map_response(guard::harden))
}
