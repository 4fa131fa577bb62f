//! An enum of messages has a tag key that does not exist.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "kind", content = "payload")]
enum Command {
    Start,
}

fn main() {}
