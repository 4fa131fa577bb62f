//! What is for the log is no error.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(internal)]
    Slow(std::time::Duration),
}

fn main() {}
