//! A tag has a space in it.

use realtime_runtime::prelude::*;

#[message(action = "say something")]
struct Say {
    text: String,
}

fn main() {}
