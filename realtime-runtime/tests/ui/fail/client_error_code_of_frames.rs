//! The code is one of frames that are not understood.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(code = "invalid_payload", detail = "The text is too long.")]
    TooLong,
}

fn main() {}
