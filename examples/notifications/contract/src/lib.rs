//! The contract of the notifications example: what is said on the wire, and what it asks of whoever stores it.
//!
//! It knows no database. The program and its build script both depend on this crate, so that the document the build
//! writes describes the very types the program serves.

mod auth;
mod consumer;
pub mod messages;
mod model;
mod store;

use realtime_runtime::RealtimeBuilder;

pub use auth::{SESSION_COOKIE, SessionAuth};
pub use consumer::{MarkError, Notifications};
pub use model::{Notification, Snapshot, Unread};
pub use store::{NoStore, Session, Store};

/// Mounts the consumer, and says what the document says of the whole.
pub fn mount<S: Store>(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder
        .info("Notifications", env!("CARGO_PKG_VERSION"))
        .description(
            "Notifications that appear in every tab at once.\n\n\
             Sign in with `POST /login`, store a notification with `POST /realtime/fire/`, list them with \
             `GET /notifications`.",
        )
        .document_server("local", "127.0.0.1:3000", false)
        .consumer::<Notifications<S>>("/ws/notifications/")
}
