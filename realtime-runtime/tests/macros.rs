//! What the macros make of messages and handlers, seen from a client.
#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unused_async,
    clippy::needless_pass_by_value
)]

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;
use serde_json::{Value, json};

mod adjacent {
    use super::*;

    #[message(action = "double")]
    pub struct Double {
        pub number: i32,
    }

    #[message(action = "doubled")]
    pub struct Doubled {
        pub number: i32,
    }

    /// What can be done with a list.
    #[derive(
        Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message,
    )]
    #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
    pub enum Edit {
        /// Puts something at its end.
        PushBack {
            item: String,
        },
        Remove(u32),
        Clear,
    }

    /// What became of it.
    #[derive(
        Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message,
    )]
    #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
    pub enum Edited {
        Items { items: Vec<String> },
        Empty,
    }

    /// May be answered.
    #[message(action = "find")]
    pub struct Find {
        pub item: String,
    }

    #[message(action = "found")]
    pub struct Found {
        pub at: usize,
    }

    /// May fail.
    #[message(action = "half")]
    pub struct Half {
        pub number: i32,
    }

    #[message(action = "silent")]
    pub struct Silent;

    pub struct Odd;

    impl ClientError for Odd {
        fn codes() -> Vec<&'static str> {
            vec!["odd"]
        }

        fn into_error(self) -> Error {
            Error::client("odd", "The number is odd.")
        }
    }

    #[derive(Default)]
    pub struct List {
        items: Vec<String>,
    }

    /// A list of words.
    ///
    /// Each connection has its own.
    #[consumer]
    impl List {
        #[on_connect]
        async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
            Ok(Self::default())
        }

        /// Doubles a number.
        ///
        /// Negative ones too.
        #[ws_handler]
        async fn double(Double { number }: Double) -> Doubled {
            Doubled { number: number * 2 }
        }

        #[ws_handler]
        async fn edit(&mut self, edit: Edit) -> Edited {
            match edit {
                Edit::PushBack { item } => self.items.push(item),
                Edit::Remove(index) => drop(self.items.remove(index as usize)),
                Edit::Clear => self.items.clear(),
            }
            if self.items.is_empty() {
                return Edited::Empty;
            }
            Edited::Items {
                items: self.items.clone(),
            }
        }

        #[ws_handler]
        async fn find(&self, find: Find) -> Option<Found> {
            let at = self.items.iter().position(|item| *item == find.item)?;
            Some(Found { at })
        }

        #[ws_handler]
        async fn half(half: Half) -> Result<Option<Doubled>, Odd> {
            match half.number % 2 {
                0 if half.number == 0 => Ok(None),
                0 => Ok(Some(Doubled {
                    number: half.number / 2,
                })),
                _ => Err(Odd),
            }
        }

        #[ws_handler]
        async fn silent(_: Silent) {}
    }
}

mod flat {
    use super::*;

    #[message(type = "address")]
    #[serde(rename_all = "camelCase")]
    pub struct Address {
        pub line_1: String,
        pub post_code: String,
        #[serde(default = "nowhere")]
        pub country_name: String,
        #[serde(alias = "phone")]
        pub phone_number: Option<String>,
        #[serde(flatten)]
        pub more: std::collections::BTreeMap<String, u32>,
    }

    fn nowhere() -> String {
        "nowhere".to_owned()
    }

    #[derive(
        Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message,
    )]
    #[serde(
        tag = "type",
        rename_all = "camelCase",
        rename_all_fields = "camelCase"
    )]
    pub enum Move {
        TurnLeft,
        GoOn { how_far: u32 },
    }

    pub struct Robot;

    #[consumer(tag = "type")]
    impl Robot {
        #[on_connect]
        async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
            Ok(Self)
        }

        #[ws_handler]
        async fn address(address: Address) -> Address {
            address
        }

        #[ws_handler]
        async fn steps(step: Move) -> Move {
            step
        }
    }
}

fn realtime() -> Realtime {
    Realtime::builder()
        .consumer::<adjacent::List>("/list")
        .consumer::<flat::Robot>("/robot")
        .build()
        .unwrap()
}

/// What comes back, in memory and over TCP.
async fn answers(path: &str, sent: &[Value]) -> Vec<Value> {
    let mut answers = Vec::new();
    for app in [
        TestApp::new(realtime()),
        TestApp::new(realtime()).over_tcp(),
    ] {
        let mut client = app.connect(path).await.unwrap();
        for frame in sent {
            client.send_raw(frame.to_string()).await;
        }
        answers.push(client.frames());
    }
    assert_eq!(answers[0], answers[1]);
    answers.remove(0)
}

fn action(tag: &str, payload: Value) -> Value {
    json!({"action": tag, "payload": payload})
}

#[tokio::test]
async fn a_handler_without_self_replies() {
    let sent = [
        action("double", json!({"number": 21})),
        action("silent", json!({})),
    ];
    assert_eq!(
        answers("/list", &sent).await,
        [action("doubled", json!({"number": 42}))]
    );
}

#[tokio::test]
async fn an_enum_of_messages_comes_and_goes_with_payloads() {
    let sent = [
        action("push_back", json!({"item": "a"})),
        action("push_back", json!({"item": "b"})),
        action("remove", json!(0)),
        json!({"action": "clear"}),
    ];
    assert_eq!(
        answers("/list", &sent).await,
        [
            action("items", json!({"items": ["a"]})),
            action("items", json!({"items": ["a", "b"]})),
            action("items", json!({"items": ["b"]})),
            json!({"action": "empty"}),
        ]
    );
}

#[tokio::test]
async fn an_enum_of_messages_comes_and_goes_flat() {
    let sent = [
        json!({"type": "turnLeft"}),
        json!({"type": "goOn", "howFar": 3}),
        json!({"howFar": 4, "ref": "r", "type": "goOn"}),
    ];
    assert_eq!(
        answers("/robot", &sent).await,
        [
            json!({"type": "turnLeft"}),
            json!({"type": "goOn", "howFar": 3}),
            json!({"type": "goOn", "howFar": 4, "ref": "r"}),
        ]
    );
}

#[tokio::test]
async fn none_is_no_reply() {
    let sent = [
        action("push_back", json!({"item": "a"})),
        action("find", json!({"item": "b"})),
        action("find", json!({"item": "a"})),
    ];
    assert_eq!(
        answers("/list", &sent).await[1..],
        [action("found", json!({"at": 0}))]
    );
}

#[tokio::test]
async fn an_error_of_the_application_is_told_with_its_code() {
    let sent = [4, 0, 3].map(|number| action("half", json!({"number": number})));
    assert_eq!(
        answers("/list", &sent).await,
        [
            action("doubled", json!({"number": 2})),
            action(
                "error",
                json!({"code": "odd", "detail": "The number is odd."})
            ),
        ]
    );
}

#[tokio::test]
async fn fields_are_named_as_serde_names_them() {
    let sent = [
        json!({"type": "address", "line1": "here", "postCode": "1", "countryName": "there", "phoneNumber": "5"}),
        json!({"type": "address", "line1": "here", "postCode": "1", "phone": "5", "floor_no": 2}),
    ];
    assert_eq!(
        answers("/robot", &sent).await,
        [
            json!({"type": "address", "line1": "here", "postCode": "1", "countryName": "there", "phoneNumber": "5"}),
            json!({"type": "address", "line1": "here", "postCode": "1", "countryName": "nowhere", "phoneNumber": "5",
                "floor_no": 2}),
        ]
    );
}

#[tokio::test]
async fn a_field_that_does_not_fit_is_named_as_on_the_wire() {
    let sent = [json!({"type": "address", "line1": 5, "postCode": "1"})];
    let answers = answers("/robot", &sent).await;
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["type"], "error");
    assert!(answers[0].to_string().contains("line1"), "{}", answers[0]);
}

#[test]
fn documentation_comments_are_in_the_document() {
    let document = serde_json::to_value(realtime().asyncapi().unwrap()).unwrap();
    let text = document.to_string();
    for said in [
        "A list of words.",
        "Each connection has its own.",
        "Doubles a number.",
        "Negative ones too.",
        "Puts something at its end.",
        "May be answered.",
    ] {
        assert!(text.contains(said), "`{said}` is not in {document:#}");
    }
    let said: Vec<(Option<&str>, Option<&str>)> = <adjacent::List as Consumer>::describe()
        .receives
        .iter()
        .map(|receive| (receive.summary, receive.description))
        .take(2)
        .collect();
    assert_eq!(
        said,
        [
            (Some("Doubles a number."), Some("Negative ones too.")),
            (None, None)
        ]
    );
}
