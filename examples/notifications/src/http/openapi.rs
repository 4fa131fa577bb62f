//! What is said over HTTP, for programs and their authors.

use std::sync::LazyLock;

use axum::response::IntoResponse;
use http::header;
use notifications_contract::{CONTACT, LICENSE, SESSION_COOKIE, TITLE, VERSION};
use schemars::generate::SchemaSettings;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{self, ContactBuilder, InfoBuilder, LicenseBuilder, RefOr, Schema};
use utoipa::{Modify, OpenApi, PartialSchema, ToSchema};

use super::notifications::Fire;

/// The document as it is served. The same program has the same bytes.
pub(crate) static TEXT: LazyLock<String> = LazyLock::new(|| {
    let document = super::api().into_openapi();
    // Nothing in it fails to be written: its keys are texts.
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
});

/// What stands beside the handlers of this crate.
#[derive(OpenApi)]
#[openapi(
    paths(live, ready, metrics),
    // Its route only refers to it: a body that may be missing would else be one that may be `null`.
    components(schemas(Fire)),
    tags(
        (name = "session", description = "Signing in and out."),
        (name = "notifications", description = "Storing, listing and reading notifications."),
        (name = "operations", description = "For those who run the program."),
        (name = "documents", description = "What programs can say and understand."),
    ),
    external_docs(
        url = "/docs",
        description = "The sockets, on which notifications arrive; `/asyncapi.json` is their document.",
    ),
    modifiers(&Whole),
)]
struct Beside;

pub(super) fn document() -> openapi::OpenApi {
    Beside::openapi()
}

/// What is said of the whole.
struct Whole;

impl Modify for Whole {
    fn modify(&self, document: &mut openapi::OpenApi) {
        document.info = InfoBuilder::new()
            .title(TITLE)
            .version(VERSION)
            .description(Some(
                "Notifications that appear in every tab at once: what is said over HTTP. They arrive on a WebSocket, which \
                 `/asyncapi.json` describes.\n\n\
                 Errors have the shape of the error frames there. A client that accepts `text/html` gets them as pages. \
                 Bodies may have up to 64 KiB.",
            ))
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
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            SESSION_COOKIE,
            "Set by `POST /login`; worthless after `POST /logout`.",
        ));
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// The schema of a notification: that of the sockets, as its fields are the same.
pub(super) struct Notification;

impl ToSchema for Notification {
    fn name() -> std::borrow::Cow<'static, str> {
        "Notification".into()
    }
}

impl PartialSchema for Notification {
    fn schema() -> RefOr<Schema> {
        let mut settings = SchemaSettings::draft2020_12().for_serialize();
        settings.meta_schema = None;
        let mut schema = settings
            .into_generator()
            .into_root_schema_for::<notifications_contract::Notification>();
        // Its name is that of the component.
        schema.remove("title");
        // Its fields are plain, and so both crates know all that it says; a test compares the two documents.
        serde_json::from_value(schema.to_value()).unwrap_or_default()
    }
}

/// What is said on the sockets.
#[utoipa::path(
    get,
    path = "/asyncapi.json",
    tag = "documents",
    responses((status = 200, description = "The AsyncAPI document of the sockets.", body = Object)),
)]
pub(super) async fn asyncapi() -> impl IntoResponse {
    json(crate::ASYNCAPI)
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "documents",
    responses((status = 200, description = "The OpenAPI document of everything else.", body = Object)),
)]
pub(super) async fn openapi() -> impl IntoResponse {
    json(&TEXT)
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
