//! The code says that a client is told nothing.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(code = "internal", detail = "It broke.")]
    Broken,
}

fn main() {}
