//! `#[message]` stands on an enum.

use realtime_runtime::prelude::*;

#[message(action = "command")]
enum Command {
    Start,
}

fn main() {}
