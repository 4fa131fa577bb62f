//! The field of a flat message has no name.

use realtime_runtime::prelude::*;

#[message(type = "chat")]
struct Chat(String);

fn main() {}
