//! What the contracts of the examples have in common: who may connect, and whom to ask.
//!
//! It knows no database, so that a build script can depend on it.

mod auth;
mod sessions;

pub use auth::{SESSION_COOKIE, SessionAuth};
pub use sessions::{NoSessions, Session, Sessions};

/// Whom to ask, and where.
pub const CONTACT: (&str, &str) = (
    "realtime-rs",
    concat!(env!("CARGO_PKG_REPOSITORY"), "/issues"),
);

/// Under which license, and where that can be read.
pub const LICENSE: (&str, &str) = (
    env!("CARGO_PKG_LICENSE"),
    concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/LICENSE-MIT"),
);
