//! `#[derive(Message)]` with its helper attribute, while the attribute macro of the same name is in scope.

use realtime_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[message(action = "chat")]
struct Chat {
    text: String,
}

#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Event {
    SomebodyCame { name: String },
    NothingHappened,
}

#[message(action = "said")]
struct Said {
    text: String,
}

fn main() {
    assert_eq!(<Chat as Message>::TAGS, ["chat"]);
    assert_eq!(<Event as Message>::TAGS, ["somebodyCame", "nothingHappened"]);
    let _ = (Chat { text: String::new() }.text, Said { text: String::new() }.text);
    let _ = (Event::SomebodyCame { name: String::new() }, Event::NothingHappened);
}
