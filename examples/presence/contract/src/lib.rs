//! The contract of the presence example: what is said on the wire.
//!
//! Its consumer is a library: the notifications example mounts it, too. It knows no database; both programs and their
//! build scripts depend on this crate, so that the documents describe the very types that are served.

mod consumer;
pub mod messages;

use example_contract::{CONTACT, LICENSE, Sessions};
use realtime_runtime::RealtimeBuilder;

pub use consumer::{Online, Status};

/// What the program is called in its documents.
pub const TITLE: &str = "Presence";

/// The version of what it says and understands.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the program comes from.
pub const HOME: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/tree/main/examples/presence");

/// Where the consumer is mounted, in both examples.
pub const PATH: &str = "/ws/presence/";

/// Mounts the consumer, and says what the document says of the whole.
pub fn mount<S: Sessions>(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder
        .info(TITLE, VERSION)
        .document_id(HOME)
        .document_contact(CONTACT.0, CONTACT.1)
        .document_license(LICENSE.0, LICENSE.1)
        .description(
            "Who is here: by user and by connection, through reloads, closed tabs and lost networks.\n\n\
             Sign in with `POST /login`: `/openapi.json` describes what is said over HTTP.",
        )
        .document_tag("roster", "Who is here, and what they say of themselves.")
        .document_tag("typing", "Who is typing.")
        .document_server("local", "127.0.0.1:3000", false)
        .consumer::<Online<S>>(PATH)
}
