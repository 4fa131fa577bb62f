//! A code is a number.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(code = 404, detail = "There is no such room.")]
    NotFound,
}

fn main() {}
