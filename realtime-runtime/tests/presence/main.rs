//! Presence, as clients and applications see it. Time is that of the test.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

mod ends;
mod limits;
mod lobby;
mod nodes;
mod shapes;
mod told;
