//! `#[message]` is given an argument that it does not know.

use realtime_runtime::prelude::*;

#[message(tag = "chat")]
struct Chat {
    text: String,
}

fn main() {}
