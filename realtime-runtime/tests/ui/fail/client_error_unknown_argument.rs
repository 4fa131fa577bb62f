//! There is no such argument.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(message = "You may not write here.")]
    Muted,
}

fn main() {}
