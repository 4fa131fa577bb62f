//! An enum tagged `action` has no content.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "action")]
enum Command {
    Start,
}

fn main() {}
