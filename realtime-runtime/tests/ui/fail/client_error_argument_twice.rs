//! An argument stands twice.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "You may not write here.", detail = "Be silent.")]
    Muted,
}

fn main() {}
