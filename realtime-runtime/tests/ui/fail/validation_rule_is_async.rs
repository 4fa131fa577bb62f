//! A rule of a message is async.

use realtime_runtime::prelude::*;

async fn is_free(_: &str, _: &()) -> garde::Result {
    Ok(())
}

#[message(action = "sign_up")]
struct SignUp {
    #[garde(custom(is_free))]
    name: String,
}

fn main() {}
