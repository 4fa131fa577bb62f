//! An internal error has a code of its own.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(code = "database", internal)]
    Database,
}

fn main() {}
