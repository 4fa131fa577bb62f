//! The sentence has half a pair of braces.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "The room takes {max members.")]
    Full { max: usize },
}

fn main() {}
