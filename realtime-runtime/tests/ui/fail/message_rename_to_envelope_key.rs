//! A rule for names makes a field of a flat message a key of the envelope.

use realtime_runtime::prelude::*;

#[message(type = "quote", rename_all = "camelCase")]
struct Quote {
    _ref: String,
}

fn main() {}
