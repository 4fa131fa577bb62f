//! A rule does not go with the type of its field.

use realtime_runtime::prelude::*;

#[message(action = "chat")]
struct Chat {
    #[garde(length(min = 1))]
    loud: bool,
}

fn main() {}
