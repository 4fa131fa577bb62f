//! `#[message]` is given a tag without its key.

use realtime_runtime::prelude::*;

#[message("chat")]
struct Chat {
    text: String,
}

fn main() {}
