//! A marker stands in the `impl` block of a trait.

use realtime_runtime::prelude::*;

#[message(action = "ping")]
struct Ping;

trait Handler {
    fn ping(&mut self, _: Ping);
}

struct Room;

impl Handler for Room {
    #[ws_handler]
    fn ping(&mut self, _: Ping) {}
}

fn main() {}
