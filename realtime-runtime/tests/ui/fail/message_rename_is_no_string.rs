//! The rule for names is not a string.

use realtime_runtime::prelude::*;

#[message(action = "chat", rename_all = camelCase)]
struct Chat {
    sent_by: String,
}

fn main() {}
