//! A message borrows.

use realtime_runtime::prelude::*;

#[message(action = "chat")]
struct Chat<'a> {
    text: &'a str,
}

fn main() {}
