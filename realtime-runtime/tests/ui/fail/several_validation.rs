//! A message has a rule that there is not, and no tag.

use realtime_runtime::prelude::*;

#[message]
struct Chat {
    #[garde(lenght(min = 1))]
    text: String,
}

fn main() {}
