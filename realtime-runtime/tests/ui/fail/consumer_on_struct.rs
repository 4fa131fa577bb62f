//! `#[consumer]` stands on a struct.

use realtime_runtime::prelude::*;

#[consumer]
struct Room;

fn main() {}
