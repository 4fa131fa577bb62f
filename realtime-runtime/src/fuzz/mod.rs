//! What a fuzzer runs: a function for each target, which panics where a promise is broken.
//!
//! Compiled for tests, which run the committed seeds, and under `cfg(fuzzing)`; see `fuzz/` and `cargo xtask fuzz`.

mod connection;
#[cfg(test)]
mod tests;

pub use connection::connection;

/// The text of a frame: read, refused and diagnosed as serde's own enums would have it.
pub fn text(bytes: &[u8]) {
    crate::wire::oracle::text(bytes);
}

/// A stream of frames: the same frames and the same fault however it is cut, and no more kept than allowed.
pub fn frames(bytes: &[u8]) {
    crate::wire::frame::cuts::stream(bytes);
}
