//! A variant has two fields without names.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "action", content = "payload")]
enum Outcome {
    Done(u32, u32),
}

fn main() {}
