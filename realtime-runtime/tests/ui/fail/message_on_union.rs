//! `#[message]` stands on a union.

use realtime_runtime::prelude::*;

#[message(action = "command")]
union Command {
    start: u32,
}

fn main() {}
