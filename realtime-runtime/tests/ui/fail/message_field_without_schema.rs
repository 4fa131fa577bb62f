//! The type of a field has no schema.

use realtime_runtime::prelude::*;

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Point;

#[message(action = "move")]
struct Move {
    to: Point,
}

fn main() {}
