//! A code stands alone.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(code = "muted")]
    Muted,
}

fn main() {}
