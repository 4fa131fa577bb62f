//! What is said over HTTP, for programs and their authors.

use std::sync::LazyLock;

use example_shared::web::openapi::{describe, text};
use notifications_contract::{TITLE, VERSION};
use schemars::generate::SchemaSettings;
use utoipa::openapi::{self, RefOr, Schema};
use utoipa::{OpenApi, PartialSchema, ToSchema};

use super::notifications::Fire;

/// The document as it is served.
pub(crate) static TEXT: LazyLock<String> = LazyLock::new(|| text(&super::api().into_openapi()));

/// What stands beside the handlers of this crate.
#[derive(OpenApi)]
#[openapi(
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
)]
struct Beside;

pub(super) fn document() -> openapi::OpenApi {
    let mut document = Beside::openapi();
    describe(
        &mut document,
        TITLE,
        VERSION,
        "Notifications that appear in every tab at once: what is said over HTTP. They arrive on a WebSocket, which \
         `/asyncapi.json` describes.\n\n\
         Errors have the shape of the error frames there. A client that accepts `text/html` gets them as pages. \
         Bodies may have up to 64 KiB.",
    );
    document
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
