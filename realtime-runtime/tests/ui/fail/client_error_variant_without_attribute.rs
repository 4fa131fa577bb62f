//! A variant does not say what a client is told.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    Muted,
    #[client_error(detail = "The room is full.")]
    Full,
}

fn main() {}
