//! An enum of messages is untagged.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(untagged)]
enum Command {
    Start { at: u32 },
}

fn main() {}
