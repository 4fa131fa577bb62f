//! What the tests of the examples have in common: the program as a process, several of them as nodes, a socket, and a browser
//! that opens its pages.
//!
//! Whatever goes wrong is a panic, as tests want it.

mod driver;
mod nodes;
mod running;
mod socket;

pub use driver::{Browser, Driver};
pub use nodes::{Nodes, allow_open_files};
pub use running::{Program, Running, request};
pub use socket::{Heard, Socket};

/// The tests of `client.js`: the body of an asynchronous function that runs in a page of any example, and returns what
/// failed. See [`Browser::run_async`].
pub const CLIENT: &str = include_str!("client.js");
