//! The name of a variant makes no code.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "There is no such street.")]
    Straße,
}

fn main() {}
