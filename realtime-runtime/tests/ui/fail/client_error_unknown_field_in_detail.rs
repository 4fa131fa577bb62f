//! The sentence shows a field that there is not.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "The room takes {mx} members.")]
    Full { max: usize, min: usize },
}

fn main() {}
