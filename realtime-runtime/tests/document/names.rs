//! Names of types in the document.

use realtime_runtime::prelude::*;

/// Two types of one name, in different modules, and a list of either.
mod same {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    pub mod one {
        #[derive(
            Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        pub struct User {
            pub name: String,
        }
    }

    pub mod other {
        #[derive(
            Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        pub struct User {
            pub card: u32,
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub struct Page<T> {
        pub items: Vec<T>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[schemars(rename = "PageOf{T}")]
    pub struct Named<T> {
        pub items: Vec<T>,
    }
}

macro_rules! pushes {
    ($name:ident: $($message:ident = $tag:literal, $ty:ty);+) => {
        $(
            #[message(action = $tag)]
            pub struct $message {
                pub content: $ty,
            }
        )+

        pub struct $name;

        #[consumer(output($($message),+))]
        impl $name {
            #[on_connect]
            async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }
        }
    };
}

pushes!(Users: One = "one", same::one::User; Other = "other", same::other::User);
pushes!(Pages: Words = "words", same::Page<String>; Numbers = "numbers", same::Page<u32>);
pushes!(NamedPages: NamedWords = "words", same::Named<String>; NamedNumbers = "numbers", same::Named<u32>);

fn error<C: Consumer>() -> String {
    let builder = Realtime::builder().consumer::<C>("/ws");
    builder.asyncapi().unwrap_err().to_string()
}

#[test]
fn two_types_of_one_name_are_an_error_that_names_the_mend() {
    assert_eq!(
        error::<Users>(),
        "two types are both called `User` in the document: one is used by message `one` of consumer `users`, the other \
         by message `other` of consumer `users`; rename one of them with `#[schemars(rename = \"…\")]`, and \
         a generic type for each of its arguments with `#[schemars(rename = \"UserOf{T}\")]`"
    );
}

#[test]
fn a_generic_type_with_two_arguments_needs_a_name_that_has_the_argument() {
    let error = error::<Pages>();
    assert!(error.starts_with("two types are both called `Page` in the document"));
    assert!(error.ends_with("`#[schemars(rename = \"PageOf{T}\")]`"));
}

#[test]
fn a_generic_type_whose_name_has_the_argument_is_a_type_of_its_own_for_each() {
    let builder = Realtime::builder().consumer::<NamedPages>("/ws");
    let document = builder.asyncapi().unwrap().to_value();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let names: Vec<&String> = schemas.keys().collect();
    assert_eq!(
        names,
        ["NamedNumbers", "NamedWords", "PageOfstring", "PageOfuint32"]
    );
}
