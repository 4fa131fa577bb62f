//! An enum of messages has its payload under another key.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "action", content = "data")]
enum Command {
    Start,
}

fn main() {}
