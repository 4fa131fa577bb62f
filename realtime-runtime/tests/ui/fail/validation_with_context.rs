//! The rules of a message need something that nobody gives them.

use realtime_runtime::prelude::*;

struct Limits {
    longest: usize,
}

fn short_enough(text: &str, limits: &Limits) -> garde::Result {
    if text.len() > limits.longest {
        return Err(garde::Error::new("too long"));
    }
    Ok(())
}

#[message(action = "chat")]
#[garde(context(Limits))]
struct Chat {
    #[garde(custom(short_enough))]
    text: String,
}

fn main() {}
