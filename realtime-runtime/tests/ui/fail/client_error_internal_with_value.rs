//! `internal` has a value.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(internal = "database")]
    Database,
}

fn main() {}
