//! The authenticators that come with the framework.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

mod all_of;
mod any_of;
mod document;
mod fake;
mod jwt;
mod jwt_refresh;
mod jwt_sources;
mod log;
mod optional;
#[path = "../raw/mod.rs"]
mod raw;
mod session;
mod tokens;

use realtime_testing::NotConnected;

/// The end of a refused connection.
pub fn closed(code: u16, reason: &str) -> NotConnected {
    NotConnected::Closed {
        code,
        reason: reason.into(),
    }
}
