//! A message with two mistakes.

use realtime_runtime::prelude::*;

#[message(type = "two words", titel = "chat")]
struct Chat {
    seq: u64,
    topic: String,
}

fn main() {}
