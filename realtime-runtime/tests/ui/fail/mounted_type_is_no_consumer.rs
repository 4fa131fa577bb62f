//! A type that is no consumer is mounted.

use realtime_runtime::prelude::*;

struct Room;

fn app() -> Realtime {
    Realtime::builder().consumer::<Room>("/ws").build().unwrap()
}

fn main() {}
