//! Rules in all places where they may stand, without `garde`'s names in scope.

#![deny(warnings)]

use realtime_runtime::prelude::*;

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, garde::Validate)]
pub struct Attachment {
    #[garde(length(min = 1))]
    pub name: String,
}

#[message(action = "chat")]
pub struct Chat {
    #[garde(length(min = 1))]
    pub r#type: String,
    #[garde(dive)]
    pub attachments: Vec<Attachment>,
    pub free: bool,
}

/// The struct says itself what to do with fields without a rule.
#[message(action = "lenient", skip_derive(Debug))]
#[garde(allow_unvalidated)]
pub struct Lenient {
    #[garde(ascii)]
    pub text: String,
    pub free: bool,
}

/// Everything is derived by hand.
#[message(action = "own", rename_all = "camelCase")]
#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, garde::Validate)]
pub struct Own {
    #[garde(ascii)]
    pub some_text: String,
    pub free: bool,
}

#[message(action = "sometimes")]
pub struct Sometimes {
    #[cfg_attr(all(), garde(ascii))]
    pub text: String,
    #[cfg_attr(any(), garde(ascii))]
    pub other: String,
}

#[message(action = "empty_context")]
#[garde(context(()))]
pub struct EmptyContext {
    #[garde(ascii)]
    pub text: String,
}

/// Both traits are in scope.
pub fn both(chat: &Chat) -> bool {
    use garde::Validate as _;

    chat.validate().is_ok() && Chat::violations(chat).is_empty()
}

fn main() {}
