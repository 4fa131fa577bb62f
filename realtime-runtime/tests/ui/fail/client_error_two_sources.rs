//! Two fields are the cause.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "It is away.")]
    Away(#[source] std::io::Error, #[source] std::fmt::Error),
}

fn main() {}
