//! A marker that is for methods stands on an `impl` block.

use realtime_runtime::prelude::*;

struct Room;

#[on_disconnect]
impl Room {}

fn main() {}
