//! The sentence shows a field that cannot be shown.

use realtime_runtime::prelude::*;

struct Members;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "The room takes {all_members}.")]
    Full { all_members: Members },
}

fn main() {}
