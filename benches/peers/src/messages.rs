//! The messages of `bench-server`, as enums that serde tags.

use serde::{Deserialize, Serialize};

macro_rules! pairs {
    ($($message:ident => $answer:ident { $($field:ident: $type:ty),* })*) => {
        $(
            /// A payload, of a message and of its answer.
            #[expect(missing_docs, reason = "fields of no meaning here")]
            #[derive(Clone, Debug, Deserialize, Serialize)]
            pub struct $message { $(pub $field: $type),* }
        )*

        /// What a client sends.
        #[expect(missing_docs, reason = "its tags say what it is")]
        #[derive(Clone, Debug, Deserialize)]
        #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
        pub enum Ask {
            $($message($message),)*
        }

        /// What it is answered with.
        #[expect(missing_docs, reason = "its tags say what it is")]
        #[derive(Clone, Debug, Serialize)]
        #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
        pub enum Answer {
            $($answer($message),)*
        }

        impl Ask {
            /// The same payload under another tag.
            pub fn answer(self) -> Answer {
                match self {
                    $(Self::$message(payload) => Answer::$answer(payload),)*
                }
            }
        }
    };
}

pairs! {
    Chat => ChatEcho { message: String, seq: u64 }
    Broadcast => RoomMessage { message: String, seq: u64 }
    Typing => TypingSeen { room: String, typing: bool }
    Read => ReadUpTo { room: String, seq: u64 }
    Edit => Edited { seq: u64, message: String }
    Delete => Deleted { seq: u64 }
    React => Reacted { seq: u64, emoji: String }
    Pin => Pinned { seq: u64, pinned: bool }
    Invite => Invited { room: String, users: Vec<String> }
    Leave => Left { room: String, reason: Option<String> }
    Rename => Renamed { room: String, name: String }
    Topic => TopicSet { room: String, topic: String }
    Status => StatusSet { text: String, until: Option<u64> }
    Draft => DraftSaved { room: String, message: String }
    Search => Found { query: String, limit: u32 }
    Mention => Mentioned { user: String, seq: u64 }
    Vote => Voted { poll: u64, choices: Vec<u8> }
    Mute => Muted { user: String, minutes: u32 }
    Report => Reported { seq: u64, reason: String }
    Locate => Located { latitude: f64, longitude: f64 }
}
