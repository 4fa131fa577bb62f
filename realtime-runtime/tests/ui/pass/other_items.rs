//! Whatever else stands in the block stays as it is.

use realtime_runtime::prelude::*;

macro_rules! greeting {
    ($name:ident) => {
        fn $name() -> &'static str {
            "hello"
        }
    };
}

#[message(action = "ping")]
struct Ping;

#[message(action = "said")]
struct Said {
    text: String,
}

struct Room;

#[consumer]
impl Room {
    /// So often.
    pub const TIMES: usize = 2;

    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    greeting!(hello);

    fn generic<T: ToString>(value: T) -> String {
        value.to_string()
    }

    async fn not_a_handler(&self, words: impl IntoIterator<Item = String>) -> String {
        words.into_iter().collect()
    }

    #[allow(clippy::unused_async)]
    #[ws_handler]
    #[must_use]
    pub(crate) async fn ping(&mut self, Ping: Ping) -> Said {
        let text = Self::generic(Self::hello()).repeat(Self::TIMES);
        let text = self.not_a_handler([text]).await;
        Said { text }
    }

    #[cfg(any())]
    fn gone() -> Gone {}
}

impl Room {
    fn elsewhere() {}
}

fn main() {
    Room::elsewhere();
    assert_eq!(Room::TIMES, 2);
}
