//! What the OpenAPI documents of the examples have in common.

use axum::extract::State;
use axum::response::IntoResponse;
use example_contract::{CONTACT, LICENSE, SESSION_COOKIE};
use http::header;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{self, ContactBuilder, InfoBuilder, LicenseBuilder};

use super::error::HttpError;
use super::site::Site;

/// What every example has beside its handlers.
#[derive(OpenApi)]
#[openapi(
    paths(live, ready, metrics),
    // What the shared refusals refer to, also where no handler names it.
    components(schemas(HttpError)),
)]
struct Operations;

/// Says of a document what is said of every example: whom to ask, the license, the session's cookie, and what those who
/// run the program use.
pub fn describe(document: &mut openapi::OpenApi, title: &str, version: &str, description: &str) {
    document.info = InfoBuilder::new()
        .title(title)
        .version(version)
        .description(Some(description))
        .contact(Some(
            ContactBuilder::new()
                .name(Some(CONTACT.0))
                .url(Some(CONTACT.1))
                .build(),
        ))
        .license(Some(
            LicenseBuilder::new()
                .name(LICENSE.0)
                .url(Some(LICENSE.1))
                .build(),
        ))
        .build();
    document.merge(Operations::openapi());
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        SESSION_COOKIE,
        "Set by `POST /login`; worthless after `POST /logout`.",
    ));
    document
        .components
        .get_or_insert_default()
        .add_security_scheme("session", SecurityScheme::ApiKey(cookie));
}

/// The text of a document, as it is served and committed. The same program has the same bytes.
pub fn text(document: &openapi::OpenApi) -> String {
    // Nothing in it fails to be written: its keys are texts.
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// What is said on the sockets.
#[utoipa::path(
    get,
    path = "/asyncapi.json",
    tag = "documents",
    responses((status = 200, description = "The AsyncAPI document of the sockets.", body = Object)),
)]
pub(super) async fn asyncapi(State(site): State<Site>) -> impl IntoResponse {
    json(site.words.asyncapi)
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "documents",
    responses((status = 200, description = "The OpenAPI document of everything else.", body = Object)),
)]
pub(super) async fn openapi(State(site): State<Site>) -> impl IntoResponse {
    json((site.words.openapi)())
}

fn json(text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}

/// Says that the process is alive.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "operations",
    responses((status = 200, description = "It is.", body = String, content_type = "text/plain", example = "live\n")),
)]
#[expect(dead_code, reason = "the runtime has the route; this describes it")]
fn live() {}

/// Says whether the process takes connections.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "operations",
    responses(
        (status = 200, description = "It does.", body = String, content_type = "text/plain", example = "ready\n"),
        (status = 503, description = "It is about to end.", body = String, content_type = "text/plain", example = "draining\n"),
    ),
)]
#[expect(dead_code, reason = "the runtime has the route; this describes it")]
fn ready() {}

/// Shows what is measured, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses((status = 200, description = "Prometheus' text format.", body = String, content_type = "text/plain")),
)]
#[expect(dead_code, reason = "`metrics()` has the route; this describes it")]
fn metrics() {}
