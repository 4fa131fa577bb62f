//! An argument stands in both attributes.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "You may not write here.")]
    #[client_error(detail = "Be silent.")]
    Muted,
}

fn main() {}
