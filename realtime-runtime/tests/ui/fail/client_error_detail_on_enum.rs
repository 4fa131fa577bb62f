//! The enum says what a client is told.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
#[client_error(detail = "It broke.")]
enum ChatError {
    #[client_error(internal)]
    Database,
}

fn main() {}
