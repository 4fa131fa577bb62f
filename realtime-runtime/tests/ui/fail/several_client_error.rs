//! An error with a mistake in each variant.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
#[client_error(code = "chat")]
enum ChatError {
    Muted,
    #[client_error(detial = "The room is full.")]
    Full,
    #[client_error(code = "Two Words", detail = "The room takes {max} members.")]
    TwoWords,
    #[client_error(code = "other", transparent)]
    Other(Error),
    #[client_error(internal)]
    Database(#[source] std::io::Error, #[source] std::fmt::Error),
}

fn main() {}
