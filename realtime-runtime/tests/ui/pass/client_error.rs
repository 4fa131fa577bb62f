//! Errors of every shape.

#![deny(warnings)]

use std::fmt::{Debug, Display};

use realtime_runtime::prelude::*;

/// With bounds of its own, as a derive of `ClientError` adds none.
#[derive(Debug, ClientError)]
enum Generic<T, const N: usize, E = std::io::Error>
where
    T: Display + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    #[client_error(detail = "{value} is more than {limit:>3}.")]
    Over { value: T, limit: u8, unseen: [u8; N] },
    #[client_error(internal)]
    Store(E),
    #[client_error(transparent)]
    Inner(Inner<T>),
}

#[derive(Debug, ClientError)]
#[client_error(code = "inner", detail = "{0} and {1:?}, in {{braces}}")]
struct Inner<T: Display + Send + 'static>(T, Option<u8>, #[source] Box<dyn std::error::Error + Send + Sync>);

/// The type itself is a parameter.
#[derive(ClientError)]
#[client_error(transparent)]
struct Wrapper<E: ClientError>(E);

#[derive(ClientError)]
#[client_error(internal)]
struct Unit;

#[derive(ClientError)]
#[client_error(detail = "Nothing is here.")]
struct Braces {}

#[derive(ClientError)]
enum Never {}

#[derive(ClientError)]
#[client_error(crate = ::realtime_runtime)]
enum Shapes {
    #[client_error(detail = "One.")]
    #[client_error(code = "two.attributes")]
    One,
    #[client_error(code = "forbidden", detail = "Two.")]
    Two(),
    #[client_error(code = "forbidden", detail = "Three.")]
    Three {},
    /// Both keywords.
    #[client_error(code = "rate_limited", detail = "{type}, {type:?}")]
    r#Fn { r#type: u8 },
    #[client_error(internal)]
    Text(String),
    #[client_error(internal)]
    Boxed { text: &'static str, source: Error },
    #[client_error(internal)]
    #[deprecated]
    Old,
    #[client_error(internal)]
    Cannot(std::convert::Infallible),
    #[client_error(transparent)]
    Never(Never),
    /// What the author names is shown, though it is the cause.
    #[client_error(detail = "It failed: {source}")]
    Shown { source: std::fmt::Error },
    /// Names as of generated ones.
    #[client_error(detail = "{__1} {__0}")]
    #[allow(non_snake_case)]
    Odd { __0: u8, __1: u8, NotSnake: u8 },
    #[cfg(any())]
    Gone(NoSuchType),
    #[cfg_attr(all(), client_error(detail = "Still here."))]
    Here,
}

/// Through macros of the user's own.
macro_rules! error {
    ($name:ident, $field:ident, $detail:literal, $ty:ty) => {
        #[derive(Debug, ClientError)]
        enum $name {
            #[client_error(detail = $detail)]
            Bad { $field: u8, #[source] why: $ty },
            #[client_error(internal)]
            Worse($ty),
        }
    };
}

error!(Made, number, "It is {number}.", std::fmt::Error);

fn told(error: impl ClientError) -> String {
    error.into_error().to_string()
}

fn main() {
    let over = Generic::<_, 2>::Over { value: "a", limit: 7, unseen: [0; 2] };
    assert_eq!(told(over), "over: a is more than   7.");
    assert_eq!(Generic::<u8, 0>::codes(), ["over", "inner"]);
    assert_eq!(Generic::<u8, 0>::Store(std::io::Error::other("x")).into_error().code(), "internal");
    let inner = || Inner(1, None, "x".into());
    let text = "inner: 1 and None, in {braces}";
    assert_eq!(told(Generic::<u8, 0>::Inner(inner())), text);
    assert_eq!(told(Wrapper(inner())), text);
    assert!(!Wrapper::<Inner<u8>>::OTHER_CODES && Wrapper::<Error>::OTHER_CODES);
    assert_eq!(told(Unit), "Unit");
    assert_eq!(told(Braces {}), "braces: Nothing is here.");
    assert!(Never::codes().is_empty() && Unit::codes().is_empty());

    let codes = ["two.attributes", "forbidden", "forbidden", "rate_limited", "shown", "odd", "here"];
    assert_eq!(Shapes::codes(), codes);
    assert_eq!(told(Shapes::One), "two.attributes: One.");
    assert_eq!(told(Shapes::Two()), "forbidden: Two.");
    assert_eq!(told(Shapes::Three {}), "forbidden: Three.");
    assert_eq!(told(Shapes::r#Fn { r#type: 1 }), "rate_limited: 1, 1");
    assert_eq!(told(Shapes::Text("why".into())), "why");
    let source = Error::client("a", "b").with_cause("c");
    let boxed = Shapes::Boxed { text: "", source }.into_error();
    assert_eq!(format!("{} {boxed:?}", boxed.code()), "internal a: b: c");
    #[allow(deprecated)]
    let old = Shapes::Old;
    assert_eq!(told(old), "Shapes::Old");
    let source = std::fmt::Error;
    assert_eq!(told(Shapes::Shown { source }), format!("shown: It failed: {source}"));
    assert_eq!(told(Shapes::Odd { __0: 0, __1: 1, NotSnake: 2 }), "odd: 1 0");
    assert_eq!(told(Shapes::Here), "here: Still here.");
    let _ = |shapes: Shapes| match shapes {
        Shapes::Cannot(never) => match never {},
        Shapes::Never(never) => match never {},
        Shapes::Boxed { text, .. } => text,
        _ => "",
    };

    let made = Made::Bad { number: 3, why: std::fmt::Error }.into_error();
    assert_eq!(made.to_string(), "bad: It is 3.");
    assert_eq!(told(Made::Worse(source)), source.to_string());
}
