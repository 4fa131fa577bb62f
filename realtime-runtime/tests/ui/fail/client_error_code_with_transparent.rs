//! A transparent error has a code of its own.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(transparent, code = "other")]
    Other(Error),
}

fn main() {}
