//! `skip_derive` is given what a message needs.

use realtime_runtime::prelude::*;

#[message(action = "chat", skip_derive(Serialize))]
struct Chat {
    text: String,
}

fn main() {}
