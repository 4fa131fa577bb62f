//! A message has a generic parameter.

use realtime_runtime::prelude::*;

#[message(action = "chat")]
struct Chat<T> {
    text: T,
}

fn main() {}
