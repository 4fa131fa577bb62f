//! The fields of a message are renamed twice.

use realtime_runtime::prelude::*;

#[message(action = "chat", rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
struct Chat {
    sent_by: String,
}

fn main() {}
