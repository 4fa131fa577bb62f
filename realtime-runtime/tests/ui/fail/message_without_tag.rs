//! A message has no tag.

use realtime_runtime::prelude::*;

#[message]
struct Chat {
    text: String,
}

fn main() {}
