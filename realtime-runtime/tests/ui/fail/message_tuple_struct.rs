//! The fields of a message have no names.

use realtime_runtime::prelude::*;

#[message(action = "chat")]
struct Chat(String, u32);

fn main() {}
