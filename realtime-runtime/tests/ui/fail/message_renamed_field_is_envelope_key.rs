//! A field of a flat message is renamed to the tag key.

use realtime_runtime::prelude::*;

#[message(type = "quote")]
struct Quote {
    #[serde(rename = "type")]
    kind: String,
}

fn main() {}
