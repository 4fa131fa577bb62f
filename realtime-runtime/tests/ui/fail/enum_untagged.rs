//! An enum of messages has no tag.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]

enum Command {
    Start,
}

fn main() {}
