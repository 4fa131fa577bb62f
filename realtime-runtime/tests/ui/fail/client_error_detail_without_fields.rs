//! The sentence shows a field of a variant that has none.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "The room takes {max} members.")]
    Full,
}

fn main() {}
