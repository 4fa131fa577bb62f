//! A field of a message has rules that need something that nobody gives them.

use realtime_runtime::prelude::*;

struct Limits;

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[derive(schemars::JsonSchema, garde::Validate)]
#[garde(context(Limits))]
struct Attachment {
    #[garde(length(min = 1))]
    name: String,
}

#[message(action = "chat")]
struct Chat {
    #[garde(dive)]
    attachment: Attachment,
}

fn main() {}
