//! An enum of messages has no variant.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "type")]
enum Outcome {}

fn main() {}
