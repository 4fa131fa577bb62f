//! Twenty messages of a client, as an application of some size has, and what answers each.

use realtime_runtime::prelude::*;

/// A message and its answer, which has the same payload under another tag.
macro_rules! pairs {
    ($($message:ident $tag:tt => $answer:ident $answer_tag:tt { $($field:ident: $type:ty),* })*) => {$(
        #[message(action = $tag)]
        pub(crate) struct $message { $(pub(crate) $field: $type),* }

        #[message(action = $answer_tag)]
        pub(crate) struct $answer { $(pub(crate) $field: $type),* }

        impl From<$message> for $answer {
            fn from($message { $($field),* }: $message) -> Self {
                Self { $($field),* }
            }
        }
    )*};
}

pairs! {
    Chat "chat" => ChatEcho "chat_echo" { message: String, seq: u64 }
    Broadcast "broadcast" => RoomMessage "room_message" { message: String, seq: u64 }
    Typing "typing" => TypingSeen "typing_seen" { room: String, typing: bool }
    Read "read" => ReadUpTo "read_up_to" { room: String, seq: u64 }
    Edit "edit" => Edited "edited" { seq: u64, message: String }
    Delete "delete" => Deleted "deleted" { seq: u64 }
    React "react" => Reacted "reacted" { seq: u64, emoji: String }
    Pin "pin" => Pinned "pinned" { seq: u64, pinned: bool }
    Invite "invite" => Invited "invited" { room: String, users: Vec<String> }
    Leave "leave" => Left "left" { room: String, reason: Option<String> }
    Rename "rename" => Renamed "renamed" { room: String, name: String }
    Topic "topic" => TopicSet "topic_set" { room: String, topic: String }
    Status "status" => StatusSet "status_set" { text: String, until: Option<u64> }
    Draft "draft" => DraftSaved "draft_saved" { room: String, message: String }
    Search "search" => Found "found" { query: String, limit: u32 }
    Mention "mention" => Mentioned "mentioned" { user: String, seq: u64 }
    Vote "vote" => Voted "voted" { poll: u64, choices: Vec<u8> }
    Mute "mute" => Muted "muted" { user: String, minutes: u32 }
    Report "report" => Reported "reported" { seq: u64, reason: String }
    Locate "locate" => Located "located" { latitude: f64, longitude: f64 }
}
