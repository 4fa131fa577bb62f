//! What a transparent error wraps does not say what a client is told.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(transparent)]
    Io(std::io::Error),
}

fn main() {}
