//! A variant has the tag of a system frame.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Outcome {
    Done,
    Error,
}

fn main() {}
