//! The code, which is the name of the variant, says that a client is told nothing.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "It broke.")]
    Internal,
}

fn main() {}
