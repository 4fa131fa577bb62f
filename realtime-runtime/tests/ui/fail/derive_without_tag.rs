//! A derived message has no tag.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
struct Chat {
    text: String,
}

fn main() {}
