//! The derive is asked to rename.

use realtime_runtime::{prelude::*, schemars::JsonSchema};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema, Message)]
#[message(action = "chat", rename_all = "camelCase")]
struct Chat {
    sent_by: String,
}

fn main() {}
