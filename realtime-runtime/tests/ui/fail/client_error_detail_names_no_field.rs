//! The sentence does not say which field it shows.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "The room takes {} members.")]
    Full(usize),
}

fn main() {}
