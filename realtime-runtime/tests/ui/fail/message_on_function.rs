//! `#[message]` stands on a function.

use realtime_runtime::prelude::*;

#[message(action = "chat")]
fn chat() {}

fn main() {}
