//! Integers that programs in JavaScript cannot hold.

use realtime_asyncapi::{Document, lint};
use realtime_runtime::prelude::*;

use crate::zoo::Snowflake;

#[message(action = "bare")]
pub struct Bare {
    pub bytes: u64,
}

#[message(action = "bounded")]
pub struct Bounded {
    #[garde(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub bytes: u64,
}

#[message(action = "encoded")]
pub struct Encoded {
    pub bytes: Snowflake,
}

macro_rules! consumer {
    ($name:ident, $message:ident) => {
        struct $name;

        #[consumer]
        impl $name {
            #[on_connect]
            async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }

            #[ws_handler]
            async fn take(_: $message) {}
        }
    };
}

consumer!(TakesBare, Bare);
consumer!(TakesBounded, Bounded);
consumer!(TakesEncoded, Encoded);

fn document<C: Consumer>() -> Document {
    Realtime::builder().consumer::<C>("/ws").asyncapi().unwrap()
}

fn hints(document: &Document) -> Vec<String> {
    let hints = lint(document).into_iter().map(|hint| hint.to_string());
    hints.filter(|hint| hint.contains("2^53")).collect()
}

#[test]
fn an_integer_of_64_bits_is_hinted_at() {
    assert_eq!(
        hints(&document::<TakesBare>()),
        [
            "#/components/schemas/Bare: integers beyond 2^53 lose digits in JavaScript; a `maximum`, or a string, keeps them"
        ]
    );
}

#[test]
fn a_bounded_integer_is_not() {
    assert_eq!(hints(&document::<TakesBounded>()), [""; 0]);
}

#[test]
fn an_integer_that_travels_as_a_text_is_not() {
    assert_eq!(hints(&document::<TakesEncoded>()), [""; 0]);
}

#[test]
fn the_zoo_has_none_that_is_hinted_at() {
    for (name, builder) in crate::zoo::all() {
        assert_eq!(hints(&builder.asyncapi().unwrap()), [""; 0], "{name}");
    }
}
