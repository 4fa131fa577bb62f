//! The twenty messages as one writes them as a rule: enums that serde tags, a `match`, a string.
//!
//! Less than the others do: no `ref`, no frame header (the WebSocket library adds it when the string is sent), and a
//! new string for each answer, as such libraries take it.

use serde::{Deserialize, Serialize};

#[allow(clippy::wildcard_imports, reason = "all forty")]
use crate::messages::*;

macro_rules! enums_of {
    ($($message:ident $name:ident $tag:tt => $answer:ident $answer_tag:tt $fields:tt)*) => {
        #[derive(Deserialize)]
        #[serde(tag = "action", content = "payload")]
        enum Request {
            $(#[serde(rename = $tag)] $message($message),)*
        }

        #[derive(Serialize)]
        #[serde(tag = "action", content = "payload")]
        enum Answer {
            $(#[serde(rename = $answer_tag)] $answer($answer),)*
        }

        fn handle(request: Request) -> Answer {
            match request {
                $(Request::$message(message) => Answer::$answer(message.into()),)*
            }
        }
    };
}

with_pairs!(enums_of);

/// What a frame is answered with.
///
/// # Errors
/// When the frame is no message.
pub fn answer(text: &str) -> Result<String, serde_json::Error> {
    serde_json::to_string(&handle(serde_json::from_str(text)?))
}
