//! A consumer's permission is no permission.

use realtime_runtime::prelude::*;

struct Member;

struct Room;

#[consumer(permissions(Member))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
