//! A variant says where the runtime is.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(internal, crate = realtime_runtime)]
    Database,
}

fn main() {}
