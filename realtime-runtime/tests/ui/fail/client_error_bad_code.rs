//! A code has a space.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(code = "room full", detail = "The room is full.")]
    Full,
}

fn main() {}
