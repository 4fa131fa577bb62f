//! The cause is no error.

use realtime_runtime::prelude::*;

#[derive(ClientError)]
enum ChatError {
    #[client_error(detail = "That took too long.")]
    Slow {
        #[source]
        after: std::time::Duration,
    },
}

fn main() {}
