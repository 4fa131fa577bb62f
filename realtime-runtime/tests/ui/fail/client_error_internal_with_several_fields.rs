//! Which field is for the log?

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(internal)]
    Database { query: String, error: std::io::Error },
}

fn main() {}
