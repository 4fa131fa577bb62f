//! Values of messages that the document shows, and what becomes of one that lies.
#![allow(missing_docs, missing_debug_implementations)]

use realtime_runtime::{
    message::{Example, examples_hold},
    prelude::*,
    schemars::JsonSchema,
    serde::{Deserialize, Serialize},
};
use serde_json::{Value, json};

/// Somebody says something.
#[message(action = "chat")]
#[example(Chat { text: "hello".to_owned() })]
#[example("With a smile", Self { text: "hello :)".to_owned() })]
pub struct Chat {
    pub text: String,
}

#[message(action = "ping")]
pub struct Ping;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Message)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
#[example(Answer::Nothing)]
pub enum Answer {
    #[example("It was there", Self::Found { text: "here".to_owned() })]
    Found {
        text: String,
    },
    Nothing,
}

pub struct Room;

#[consumer(output(Chat))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn chat(_: Chat) -> Answer {
        Answer::Nothing
    }

    #[ws_handler]
    async fn ping(_: Ping) {}
}

fn examples_of(key: &str) -> Value {
    let builder = Realtime::builder().consumer::<Room>("/ws");
    let document = builder.asyncapi().unwrap().to_value();
    document["components"]["messages"][key]["examples"].clone()
}

#[test]
fn an_example_is_shown_as_it_goes_over_the_wire() {
    assert_eq!(
        examples_of("chat"),
        json!([
            {"payload": {"action": "chat", "payload": {"text": "hello"}}},
            {"summary": "With a smile", "payload": {"action": "chat", "payload": {"text": "hello :)"}}},
        ])
    );
}

#[test]
fn an_example_of_an_enum_belongs_to_its_variant() {
    assert_eq!(
        examples_of("found"),
        json!([{"summary": "It was there", "payload": {"action": "found", "payload": {"text": "here"}}}])
    );
    assert_eq!(
        examples_of("nothing"),
        json!([{"payload": {"action": "nothing"}}])
    );
}

#[test]
fn what_is_nothing_but_its_tag_is_its_own_example() {
    assert_eq!(
        examples_of("ping"),
        json!([{"payload": {"action": "ping"}}])
    );
}

/// Written with one name, read by another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Message)]
#[message(action = "one_way")]
pub struct OneWay {
    #[serde(rename(serialize = "sent", deserialize = "read"))]
    text: String,
}

/// Reads every number as one more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Message)]
#[message(action = "drifts")]
pub struct Drifts {
    #[serde(deserialize_with = "one_more")]
    count: u32,
}

fn one_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    u32::deserialize(deserializer).map(|count| count + 1)
}

/// Takes a message by hand, to show examples that its own test would refuse.
macro_rules! shown {
    ($name:ident wraps $message:ident, $value:expr) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name($message);

        impl Message for $name {
            type Tag = <$message as Message>::Tag;
            const TAGS: &'static [&'static str] = $message::TAGS;
            const SHAPE: realtime_runtime::message::Shape = $message::SHAPE;
            const HEAD: &'static str = $message::HEAD;

            fn describe() -> Vec<realtime_runtime::asyncapi::spec::MessageSpec> {
                realtime_runtime::message::describe::<Self>(&[
                    realtime_runtime::message::MessageDoc {
                        tag: Self::TAGS[0],
                        name: stringify!($name),
                        summary: None,
                        description: None,
                        deprecated: false,
                    },
                ])
            }

            fn examples() -> Vec<Example<Self>> {
                vec![Example::new(Self($value))]
            }

            fn violations(message: &Self) -> Vec<realtime_runtime::message::Violation> {
                $message::violations(&message.0)
            }
        }
    };
}

#[message(action = "ruled")]
pub struct Ruled {
    #[garde(range(max = 3))]
    stars: u32,
}

shown!(Unreadable wraps OneWay, OneWay { text: "a".to_owned() });
shown!(Changing wraps Drifts, Drifts { count: 1 });
shown!(Broken wraps Ruled, Ruled { stars: 4 });

pub struct Liar;

#[consumer]
impl Liar {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn changing(_: Changing) {}
}

#[test]
fn a_document_with_an_example_that_lies_is_not_made() {
    let builder = Realtime::builder().consumer::<Liar>("/ws");
    insta::assert_snapshot!(builder.asyncapi().unwrap_err());
}

shown!(Thrown wraps Ruled, Ruled { stars: "many".parse().unwrap() });

pub struct Thrower;

#[consumer]
impl Thrower {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn thrown(_: Thrown) {}
}

#[test]
fn an_example_that_panics_stops_no_server() {
    let builder = Realtime::builder().consumer::<Thrower>("/ws");
    let error = builder.asyncapi().unwrap_err().to_string();
    assert!(error.contains("cannot be made: "), "{error}");
    assert!(builder.build().is_ok());
}

#[test]
#[should_panic(expected = "which cannot be read")]
fn an_example_is_read() {
    examples_hold::<Unreadable>();
}

#[test]
#[should_panic(expected = "{\"count\":2}} once it was read")]
fn an_example_reads_as_it_was_written() {
    examples_hold::<Changing>();
}

#[test]
#[should_panic(expected = "example 1 of `examples::Broken` breaks a rule: `stars` greater than 3")]
fn an_example_keeps_the_rules() {
    examples_hold::<Broken>();
}
