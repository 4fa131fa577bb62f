//! What the document says of an application.
#![allow(
    dead_code,
    deprecated,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unused_async,
    clippy::needless_pass_by_value
)]

mod declared;
mod integers;
mod limits;
mod names;
mod parser;
mod snapshots;
mod stable;
mod zoo;
