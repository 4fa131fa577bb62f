//! The contract of the notifications example: what is said on the wire, and what it asks of whoever stores it.
//!
//! It knows no database. The program and its build script both depend on this crate, so that the document the build
//! writes describes the very types the program serves.

mod consumer;
pub mod messages;
mod model;
mod store;

use example_contract::{CONTACT, LICENSE};
use presence_contract::Online;
use realtime_runtime::RealtimeBuilder;

pub use consumer::{MarkError, Notifications};
pub use model::{Notification, Snapshot, Unread};
pub use store::Store;

/// What the program is called in its documents.
pub const TITLE: &str = "Notifications";

/// The version of what it says and understands.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the program comes from.
pub const HOME: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/tree/main/examples/notifications"
);

/// Mounts the consumers, and says what the document says of the whole.
pub fn mount<S: Store>(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder
        .info(TITLE, VERSION)
        .document_id(HOME)
        .document_contact(CONTACT.0, CONTACT.1)
        .document_license(LICENSE.0, LICENSE.1)
        .description(
            "Notifications that appear in every tab at once.\n\n\
             Sign in with `POST /login`, store a notification with `POST /realtime/fire/`, list them with \
             `GET /notifications`: `/openapi.json` describes what is said over HTTP.",
        )
        .document_tag("reading", "Marking notifications as read.")
        .document_server("local", "127.0.0.1:3000", false)
        .document_tag("roster", "Who is here, and what they say of themselves.")
        .document_tag("typing", "Who is typing.")
        .consumer::<Notifications<S>>("/ws/notifications/")
        // A consumer is a library: this one is that of the presence example.
        .consumer::<Online<S>>(presence_contract::PATH)
}
