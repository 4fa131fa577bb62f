//! A message has the tag of a system frame.

use realtime_runtime::prelude::*;

#[message(action = "error")]
struct Problem {
    text: String,
}

fn main() {}
