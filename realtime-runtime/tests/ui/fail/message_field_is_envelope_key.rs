//! A field of a flat message has the name of an envelope key.

use realtime_runtime::prelude::*;

#[message(type = "quote")]
struct Quote {
    text: String,
    r#ref: String,
}

fn main() {}
