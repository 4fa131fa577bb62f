//! A field of a message is said to have rules of its own, and has none.

use realtime_runtime::prelude::*;

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Attachment {
    name: String,
}

#[message(action = "chat")]
struct Chat {
    #[garde(dive)]
    attachment: Attachment,
}

fn main() {}
