//! A struct does not say what a client is told.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
struct NotFound {
    id: u32,
}

fn main() {}
