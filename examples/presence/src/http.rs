//! What the program answers over HTTP: the page, and what all examples have.

use std::sync::LazyLock;

use axum::{Router, response::Html, routing::get};
use example_shared::web::{
    self, File, Reader, Site, Words, filled,
    openapi::{describe, text},
};
use presence_contract::{TITLE, VERSION};
use utoipa::{OpenApi, openapi};
use utoipa_axum::router::OpenApiRouter;

/// How the example shows itself.
pub(crate) static WORDS: Words = Words {
    name: TITLE,
    motto: "Who is here, and what they are up to.",
    icon: "/assets/people.svg",
    warning: "Anybody who can open this page can sign in under any name.",
    back: "To the others",
    files: &[
        File::style("presence.css", include_str!("../assets/presence.css")),
        File::script("page.js", include_str!("../assets/page.js")),
        File::script("roster.js", include_str!("../assets/roster.js")),
        File::picture("people.svg", include_str!("../assets/people.svg")),
    ],
    asyncapi: crate::ASYNCAPI,
    openapi: crate::openapi,
};

const REALTIME: &str = include_str!("../assets/realtime.html");

async fn realtime(Reader(session): Reader) -> Html<String> {
    filled(REALTIME, &[("username", &session.username)])
}

/// What stands beside the handlers of this crate.
#[derive(OpenApi)]
#[openapi(
    tags(
        (name = "session", description = "Signing in and out."),
        (name = "operations", description = "For those who run the program."),
        (name = "documents", description = "What programs can say and understand."),
    ),
    external_docs(
        url = "/docs",
        description = "The socket, on which everybody hears of everybody; `/asyncapi.json` is its document.",
    ),
)]
struct Beside;

fn document() -> openapi::OpenApi {
    let mut document = Beside::openapi();
    describe(
        &mut document,
        TITLE,
        VERSION,
        "Who is here, and what they are up to: what is said over HTTP. The rest is said on a WebSocket, which \
         `/asyncapi.json` describes.\n\n\
         Errors have the shape of the error frames there. A client that accepts `text/html` gets them as pages. \
         Bodies may have up to 64 KiB.",
    );
    document
}

/// What programs use, each route with its description.
fn api() -> OpenApiRouter<Site> {
    OpenApiRouter::with_openapi(document()).merge(web::api())
}

/// The OpenAPI document as it is served.
pub(crate) static OPENAPI: LazyLock<String> = LazyLock::new(|| text(&api().into_openapi()));

/// All routes but the socket's.
pub(crate) fn router(site: Site) -> Router {
    let own = Router::new()
        .route("/realtime/", get(realtime))
        .merge(api());
    web::router(&site, own).with_state(site)
}
