//! A field of a flat message has the name of an envelope key where it is received.

use realtime_runtime::prelude::*;

#[message(type = "quote")]
struct Quote {
    #[serde(rename(deserialize = "seq"))]
    number: u32,
}

fn main() {}
