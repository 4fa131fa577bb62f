//! An enum is given a tag of its own.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[message(action = "command")]
#[serde(tag = "action", content = "payload")]
enum Command {
    Start,
}

fn main() {}
