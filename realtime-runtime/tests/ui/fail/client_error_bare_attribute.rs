//! The attribute says nothing.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error]
    Muted,
}

fn main() {}
