//! An enum of messages has rules that nobody derives.

use realtime_runtime::{prelude::*, schemars::JsonSchema};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema, Message)]
#[serde(tag = "action", content = "payload")]
enum Edit {
    Push {
        #[garde(length(min = 1))]
        item: String,
    },
    Clear,
}

fn main() {}
