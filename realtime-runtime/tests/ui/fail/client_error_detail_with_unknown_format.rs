//! The sentence shows a field in a way that there is not.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "The room takes {members:q}.")]
    Full { members: usize },
}

fn main() {}
