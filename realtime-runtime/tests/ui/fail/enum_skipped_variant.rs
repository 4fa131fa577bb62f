//! A variant is skipped by serde.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "type")]
enum Outcome {
    Done,
    #[serde(skip)]
    Internal,
}

fn main() {}
