//! `#[consumer]` stands on the `impl` block of a trait.

use realtime_runtime::prelude::*;

struct Room;

#[consumer]
impl Default for Room {
    fn default() -> Self {
        Self
    }
}

fn main() {}
