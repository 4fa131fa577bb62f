//! A message has two tags.

use realtime_runtime::prelude::*;

#[message(action = "chat", type = "chat")]
struct Chat {
    text: String,
}

fn main() {}
