//! What the document says of an application's errors and limits.

use std::time::Duration;

use realtime_runtime::{ErrorCode, prelude::*};
use serde_json::{Value, json};

#[message(action = "ask")]
pub struct Ask;
#[message(action = "tell")]
pub struct Tell;

pub struct Full;

impl ClientError for Full {
    fn codes() -> Vec<&'static str> {
        vec!["full"]
    }

    fn into_error(self) -> Error {
        Error::client("full", "No room is left.")
    }
}

/// Fails with one code.
pub struct Closed;

#[consumer]
impl Closed {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ask(_: Ask) -> Result<Tell, Full> {
        Err(Full)
    }
}

/// Fails with any code, but for one handler.
pub struct Open;

#[consumer]
impl Open {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ask(_: Ask) -> Result<(), Full> {
        Err(Full)
    }

    #[ws_handler]
    async fn tell(_: Tell) -> Option<Result<(), Error>> {
        Some(Err(Error::client("weird", "It is weird.")))
    }
}

fn document(builder: &RealtimeBuilder) -> Value {
    builder.asyncapi().unwrap().to_value()
}

/// The schema of the error frame's `code`.
fn code(document: &Value) -> &Value {
    let payload = &document["components"]["messages"]["error"]["payload"];
    &payload["properties"]["payload"]["properties"]["code"]
}

fn codes() -> Vec<&'static str> {
    [ErrorCode::ALL, &["full"]].concat()
}

#[test]
fn codes_are_all_listed_where_every_error_says_which_it_has() {
    let document = document(&Realtime::builder().consumer::<Closed>("/ws"));
    assert_eq!(code(&document)["enum"], json!(codes()));
}

#[test]
fn codes_are_open_where_a_handler_may_answer_with_any() {
    let document = document(&Realtime::builder().consumer::<Open>("/ws"));
    let code = code(&document);
    assert_eq!(code["type"], "string");
    assert_eq!(code.get("enum"), None);
    assert_eq!(code["examples"], json!(codes()));
    let description = code["description"].as_str().unwrap();
    assert!(description.ends_with("`full`, or another of the application's."));
}

#[test]
fn limits_of_slow_clients_and_handshakes_are_in_the_document() {
    let builder = Realtime::builder()
        .consumer::<Closed>("/ws")
        .outbox(7, 700)
        .handshake_timeout(Duration::from_secs(3));
    let document = document(&builder);
    let channel = &document["channels"]["closed"];
    let limits = &channel["x-websocket"]["limits"];
    assert_eq!(limits["outboxMessages"], 7);
    assert_eq!(limits["outboxBytes"], 700);
    assert_eq!(limits["handshakeTimeoutMs"], 3000);
    let text = channel["description"].as_str().unwrap();
    assert!(text.contains("| 7 messages or 700 bytes | close 1013 |"));
    assert!(text.contains("| 3000 ms | close 1011 |"));
}

/// The HTTP statuses that may refuse a handshake.
fn statuses(document: &Value) -> Vec<u64> {
    let errors = &document["channels"]["closed"]["x-websocket"]["handshakeErrors"];
    let errors = errors.as_array().unwrap().iter();
    errors
        .map(|error| error["status"].as_u64().unwrap())
        .collect()
}

#[test]
fn refusals_of_a_handshake_are_in_the_document() {
    let builder = || Realtime::builder().consumer::<Closed>("/ws");
    assert_eq!(statuses(&document(&builder())), [400, 403, 426, 503]);
    let any_origin = document(&builder().any_origin());
    assert_eq!(statuses(&any_origin), [400, 426, 503]);
}
