//! There is no such rule.

use realtime_runtime::prelude::*;

#[message(action = "chat")]
struct Chat {
    #[garde(lenght(min = 1))]
    text: String,
}

fn main() {}
