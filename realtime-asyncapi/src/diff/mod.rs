//! Compares documents: [`compare()`] by their lines, for tests that catch drift, and [`changes()`] by what they say, for
//! whoever must know what a change does to clients.
//!
//! # Directions
//!
//! A document is a contract between clients and a server. Every change has a verdict for either of them:
//!
//! - for **clients**: whether a client that was written for the old document gets along with a server of the new one;
//! - for **servers**: whether a server that implements the old document gets along with clients of the new one.
//!
//! The two mirror each other. What is sent may become narrower and what is received may become wider: a field that a
//! request must have from now on breaks clients, and a field that a push need not have any longer breaks them, too.
//!
//! # What is taken for granted
//!
//! Whoever reads a frame passes over fields that it does not know, unless the schema says `additionalProperties: false`.
//! Clients pass over pushes and close codes that they do not know; with [`Options::strict`] they do not. A reply is
//! awaited, so a new one is never passed over. The values of an `enum` are a closed list.
//!
//! A document that is [the client's view](Document::client_view) is turned round first. What a reference does not lead to is
//! not there: [`check()`](crate::check()) finds it.
//!
//! Names of channels, operations and components stand in the document alone, so to change them is no change on the wire.

mod channels;
mod contract;
mod docs;
mod found;
mod lines;
mod messages;
mod operations;
mod report;
mod schema;
mod security;
mod verdict;
mod websocket;

pub use self::lines::{Stale, compare};
pub use self::report::{Change, Report};
pub use self::verdict::{Flow, Semver, Side, Verdict};

use self::contract::Contract;
use self::found::Found;
use crate::Document;

/// How strictly documents are compared; the default is what this crate's own clients do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether a push or a close code that its reader does not know breaks it. `false`: it is passed over.
    pub strict: bool,
}

/// Every difference between two documents that says something, with what it does to clients and servers.
///
/// References are followed, so it does not matter where something stands. What does not matter to anybody, such as an
/// unused component or the order of members, is no change.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use realtime_asyncapi::Document;
/// use realtime_asyncapi::diff::{self, Options, Semver, Side};
///
/// let old = Document::from_json(r#"{"asyncapi": "3.0.0", "info": {"title": "Rooms", "version": "1"},
///     "channels": {"room": {"address": "/room"}}}"#)?;
/// let new = Document::from_json(r#"{"asyncapi": "3.0.0", "info": {"title": "Rooms", "version": "2"}}"#)?;
///
/// let report = diff::changes(&old, &new, Options::default());
/// assert_eq!(report.changes()[0].sentence, "the channel `room` at `/room` is gone");
/// assert_eq!(report.semver(Side::Client), Semver::Major);
/// assert_eq!(report.semver(Side::Server), Semver::Minor);
/// # Ok(())
/// # }
/// ```
pub fn changes(old: &Document, new: &Document, options: Options) -> Report {
    let (old, new) = (Contract::new(old), Contract::new(new));
    let mut found = Found::new(options);
    docs::root(&old, &new, &mut found);
    channels::servers(&old, &new, &mut found);
    channels::channels(&old, &new, &mut found);
    Report::new(
        found.into_changes(),
        &old.document.info.version,
        &new.document.info.version,
    )
}
