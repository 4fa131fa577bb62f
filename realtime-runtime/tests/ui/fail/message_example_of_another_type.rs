use realtime_runtime::prelude::*;

#[message(action = "chat")]
#[example("hello")]
pub struct Chat {
    text: String,
}

fn main() {}
