//! A marker stands on a free function.

use realtime_runtime::prelude::*;

#[on_connect]
async fn connect() {}

fn main() {}
