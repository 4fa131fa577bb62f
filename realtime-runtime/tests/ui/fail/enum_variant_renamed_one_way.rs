//! A tag is another one for what is sent than for what is received.

use realtime_runtime::{prelude::*, schemars::JsonSchema};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema, Message)]
#[serde(tag = "action", content = "payload")]
enum Edit {
    #[serde(rename(serialize = "pushed", deserialize = "push"))]
    Push { item: String },
    Clear,
}

fn main() {}
