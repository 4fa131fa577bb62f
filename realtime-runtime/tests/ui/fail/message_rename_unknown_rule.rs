//! There is no such rule for names.

use realtime_runtime::prelude::*;

#[message(action = "chat", rename_all = "camel_case")]
struct Chat {
    sent_by: String,
}

fn main() {}
