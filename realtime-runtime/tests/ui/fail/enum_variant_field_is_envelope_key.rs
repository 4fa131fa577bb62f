//! A field of a flat variant has the name of an envelope key.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "type")]
enum Outcome {
    Done { seq: u32 },
}

fn main() {}
