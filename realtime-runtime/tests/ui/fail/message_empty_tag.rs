//! A tag is empty.

use realtime_runtime::prelude::*;

#[message(action = "")]
struct Say {
    text: String,
}

fn main() {}
