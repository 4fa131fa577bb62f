//! A transparent error has no field.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(transparent)]
    Other,
}

fn main() {}
