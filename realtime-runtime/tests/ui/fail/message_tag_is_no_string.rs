//! `#[message]` is given a tag that is no string.

use realtime_runtime::prelude::*;

#[message(action = 5)]
struct Chat {
    text: String,
}

fn main() {}
