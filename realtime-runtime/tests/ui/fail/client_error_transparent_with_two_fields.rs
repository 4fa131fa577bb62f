//! A transparent error has two fields.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(transparent)]
    Other(Error, u32),
}

fn main() {}
