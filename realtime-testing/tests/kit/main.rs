//! The kit, by its own means.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unused_async,
    reason = "consumers as applications write them"
)]

mod capture;
mod ends;
mod failures;
mod faults;
mod panics;
mod remote;
mod room;
mod settled;
mod talk;
mod transcripts;
