//! The attribute stands on a field.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(internal)]
    Database(#[client_error(detail = "It broke.")] std::io::Error),
}

fn main() {}
