//! Two variants of an enum have one tag.

#![allow(unreachable_patterns)]

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
enum Command {
    Start,
    #[serde(rename = "start")]
    Begin,
}

fn main() {}
