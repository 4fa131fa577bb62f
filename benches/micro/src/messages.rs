//! Twenty messages of a client, what answers each, and frames of a given size.

use serde::Serialize;

/// Calls a macro with all twenty: type, name and tag of a message, type and tag of its answer, which has the same payload.
macro_rules! with_pairs {
    ($callback:ident) => {
        $callback! {
            Chat chat "chat" => ChatEcho "chat_echo" { message: String, seq: u64 }
            Broadcast broadcast "broadcast" => RoomMessage "room_message" { message: String, seq: u64 }
            Typing typing "typing" => TypingSeen "typing_seen" { room: String, typing: bool }
            Read read "read" => ReadUpTo "read_up_to" { room: String, seq: u64 }
            Edit edit "edit" => Edited "edited" { seq: u64, message: String }
            Delete delete "delete" => Deleted "deleted" { seq: u64, reason: String }
            React react "react" => Reacted "reacted" { seq: u64, emoji: String }
            Pin pin "pin" => Pinned "pinned" { room: String, pinned: bool, seq: u64 }
            Invite invite "invite" => Invited "invited" { room: String, users: Vec<u64> }
            Leave leave "leave" => Left "left" { room: u64, reason: Option<String> }
            Rename rename "rename" => Renamed "renamed" { room: String, name: String }
            Topic topic "topic" => TopicSet "topic_set" { room: String, topic: String }
            Status status "status" => StatusSet "status_set" { text: String, until: Option<u64> }
            Draft draft "draft" => DraftSaved "draft_saved" { room: String, message: String }
            Search search "search" => Found "found" { query: String, limit: u32 }
            Mention mention "mention" => Mentioned "mentioned" { user: String, seq: u64 }
            Vote vote "vote" => Voted "voted" { poll: String, choices: Vec<u32> }
            Mute mute "mute" => Muted "muted" { user: String, minutes: u32 }
            Report report "report" => Reported "reported" { seq: u64, reason: String }
            Locate locate "locate" => Located "located" { place: String, latitude: f64, longitude: f64 }
        }
    };
}

macro_rules! messages {
    ($($message:ident $name:ident $tag:tt => $answer:ident $answer_tag:tt { $($field:ident: $type:ty),* })*) => {
        $(
            #[doc = concat!("`", $tag, "`")]
            #[realtime_runtime::message(action = $tag)]
            pub struct $message { $(#[allow(missing_docs)] pub $field: $type),* }

            #[doc = concat!("`", $answer_tag, "`")]
            #[realtime_runtime::message(action = $answer_tag)]
            pub struct $answer { $(#[allow(missing_docs)] pub $field: $type),* }

            impl From<$message> for $answer {
                fn from($message { $($field),* }: $message) -> Self {
                    Self { $($field),* }
                }
            }

            impl Sample for $message {
                fn sample(text: &str) -> Self {
                    Self { $($field: Sample::sample(text)),* }
                }
            }
        )*

        /// A frame of about `size` bytes for each of the twenty.
        pub fn frames(size: usize, place: Place) -> Vec<String> {
            vec![$(frame::<$message>($tag, size, place)),*]
        }
    };
}

with_pairs!(messages);

/// Where the tag stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before the payload, as our own clients write it.
    First,
    /// After the payload.
    Last,
}

/// A value whose strings are a given text.
pub trait Sample {
    /// The value.
    fn sample(text: &str) -> Self;
}

macro_rules! constant {
    ($($type:ty: $value:expr),*) => {$(
        impl Sample for $type {
            fn sample(_: &str) -> Self {
                $value
            }
        }
    )*};
}

constant! { bool: true, u32: 25, u64: 981_234, f64: 48.137_25 }

impl Sample for String {
    fn sample(text: &str) -> Self {
        text.to_owned()
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(text: &str) -> Self {
        Some(T::sample(text))
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(text: &str) -> Self {
        vec![T::sample(text), T::sample(text)]
    }
}

/// A message of which the whole frame has about `size` bytes: its strings are as long as that takes.
pub fn sized<M: Sample + Serialize>(tag: &str, size: usize) -> M {
    let length = |text: usize| {
        let message = M::sample(&filler(text));
        text_of(tag, &message, Place::First).len()
    };
    let (least, strings) = (length(0), length(1) - length(0));
    M::sample(&filler(size.saturating_sub(least) / strings))
}

/// A frame of about `size` bytes.
pub fn frame<M: Sample + Serialize>(tag: &str, size: usize, place: Place) -> String {
    text_of(tag, &sized::<M>(tag, size), place)
}

fn filler(length: usize) -> String {
    "The quick brown fox jumps over the lazy dog. "
        .chars()
        .cycle()
        .take(length)
        .collect()
}

fn text_of<M: Serialize>(tag: &str, message: &M, place: Place) -> String {
    let payload = serde_json::to_string(message).expect("a payload is strings and numbers");
    match place {
        Place::First => format!(r#"{{"action":"{tag}","payload":{payload}}}"#),
        Place::Last => format!(r#"{{"payload":{payload},"action":"{tag}"}}"#),
    }
}
