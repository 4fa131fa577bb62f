//! A client is told something, and only the log is.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "You may not write here.", internal)]
    Muted,
}

fn main() {}
