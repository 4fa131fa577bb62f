//! A union is no error.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
union ChatError {
    number: u32,
}

fn main() {}
