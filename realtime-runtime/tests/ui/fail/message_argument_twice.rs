//! `#[message]` is given an argument twice.

use realtime_runtime::prelude::*;

#[message(action = "chat", skip_derive(Debug), skip_derive(Clone))]
struct Chat {
    text: String,
}

fn main() {}
