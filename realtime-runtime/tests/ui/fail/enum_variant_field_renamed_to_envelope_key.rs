//! A field of a variant of a flat enum gets the name of an envelope key.

use realtime_runtime::{prelude::*, schemars::JsonSchema};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema, Message)]
#[serde(tag = "type")]
enum Edit {
    Push {
        #[serde(rename = "topic")]
        subject: String,
    },
    Clear,
}

fn main() {}
