//! What each step of a frame and of an event costs in memory, in time and in allocations: no socket, no task.
//!
//! ```text
//! cargo bench -p bench-micro                      # everything
//! cargo bench -p bench-micro --bench dispatch     # one of: dispatch, answer, encode, layer
//! cargo bench -p bench-micro --bench ratio        # ours beside a visitor written by hand, round by round
//! ```
//!
//! The first four are divan's: time and allocations of one iteration. Its counting of allocations is within the times, so
//! that they are for comparing with one another; `ratio` counts in another process and is what targets are held against.
//!
//! Three programs answer the same frames here, with the same payload types: `ours` through a consumer, `by_hand` with what
//! one could write at best for these twenty messages, `expert` with what one writes as a rule.

#[macro_use]
pub mod messages;

pub mod by_hand;
pub mod expert;
pub mod handlers;
pub mod members;
pub mod ours;
pub mod programs;
