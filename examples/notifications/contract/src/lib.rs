//! The contract of the notifications example: what is said on the wire, and what it asks of whoever stores it.
//!
//! It knows no database. The program and its build script both depend on this crate, so that the document the build
//! writes describes the very types the program serves.

mod model;
mod store;

pub use model::{Notification, Snapshot, Unread};
pub use store::{NoStore, Session, Store};
