//! What a client is told of an application's errors, and what the log.
#![allow(missing_docs, missing_debug_implementations)]

mod support;

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex},
};

use realtime_runtime::{ErrorCode, prelude::*};
use realtime_testing::TestApp;
use serde_json::{Value, json};
use support::{Ping, Pong};

/// What no client may see.
const SECRET: &str = "password hunter2";

/// Fails in the way it names.
#[message(action = "fail")]
pub struct Fail {
    pub way: String,
}

#[message(action = "crash")]
pub struct Crash;

/// Says too much where it is shown.
#[derive(Debug, thiserror::Error)]
#[error("{SECRET}")]
pub struct Secret;

/// Has the one above as its source.
#[derive(Debug, thiserror::Error)]
#[error("{SECRET} of the store")]
pub struct Store(#[from] Secret);

#[derive(Debug, thiserror::Error, ClientError)]
pub enum ChatError {
    #[error("{SECRET}")]
    #[client_error(detail = "You may not write here.")]
    Muted,
    #[error("full")]
    #[client_error(code = "room_full", detail = "The room takes {max:>2} members.")]
    Full { max: usize, secret: &'static str },
    #[error("away")]
    #[client_error(detail = "The archive is away; try again.")]
    Away(#[source] Store),
    #[error("late")]
    #[client_error(detail = "Too late.")]
    Late { source: Secret },
    #[error("database")]
    #[client_error(internal)]
    Database(#[from] Store),
    #[error("bug")]
    #[client_error(internal)]
    Bug,
    #[error("cannot be shown")]
    #[client_error(detail = "It cannot be said.")]
    Unspeakable(#[source] Unspeakable),
    #[error(transparent)]
    #[client_error(transparent)]
    Auth(#[from] AuthError),
}

#[derive(Debug, thiserror::Error, ClientError)]
pub enum AuthError {
    #[error("expired")]
    #[client_error(code = "forbidden", detail = "The session is over.")]
    Expired,
    /// Shares a code with the error that wraps this one.
    #[error("muted")]
    #[client_error(code = "muted", detail = "Nobody may write.")]
    Everybody(#[source] Secret),
}

/// Panics where it is shown.
#[derive(Debug)]
pub struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("an error that cannot be shown")
    }
}

impl StdError for Unspeakable {}

fn fail(way: &str) -> Result<Pong, ChatError> {
    Err(match way {
        "muted" => ChatError::Muted,
        "full" => ChatError::Full {
            max: 8,
            secret: SECRET,
        },
        "away" => ChatError::Away(Store(Secret)),
        "late" => ChatError::Late { source: Secret },
        "database" => Store(Secret).into(),
        "bug" => ChatError::Bug,
        "unspeakable" => ChatError::Unspeakable(Unspeakable),
        "expired" => AuthError::Expired.into(),
        "everybody" => AuthError::Everybody(Secret).into(),
        _ => return Ok(Pong),
    })
}

pub struct Chat;

#[consumer]
impl Chat {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&everybody()).await?;
        Ok(Self)
    }

    #[ws_handler]
    async fn fail(fail: Fail) -> Result<Pong, ChatError> {
        self::fail(&fail.way)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[event_handler]
    async fn crash(_: &Crash) -> Result<Pong, ChatError> {
        self::fail("away")
    }
}

fn everybody() -> Group<Chat> {
    Group::new(["everybody"])
}

/// An error that wraps one with any code.
#[derive(ClientError)]
pub enum OpenError {
    #[client_error(detail = "It is closed.")]
    Closed,
    #[client_error(transparent)]
    Other(Error),
}

pub struct Open;

#[consumer]
impl Open {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn fail(fail: Fail) -> Result<(), OpenError> {
        match fail.way.as_str() {
            "closed" => Err(OpenError::Closed),
            way => {
                let error = Error::client(way.to_owned(), "It is odd.");
                Err(OpenError::Other(error.with_cause(Secret)))
            }
        }
    }
}

fn realtime() -> Realtime {
    let builder = Realtime::builder();
    let builder = builder.consumer::<Chat>("/chat").consumer::<Open>("/open");
    builder.build().unwrap()
}

/// What a client is told that lets a handler fail in this way.
async fn told(path: &str, way: &str) -> Value {
    let app = TestApp::new(realtime());
    let mut client = app.connect(path).await.unwrap();
    client.send(Fail { way: way.into() }).await;
    let frames = client.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    let text = frames[0].to_string();
    assert!(!text.contains(SECRET), "{text}");
    frames[0].clone()
}

fn error(code: &str, detail: &str) -> Value {
    json!({"action": "error", "payload": {"code": code, "detail": detail}})
}

#[tokio::test]
async fn a_client_is_told_what_the_variant_says() {
    for (way, code, detail) in [
        ("muted", "muted", "You may not write here."),
        ("full", "room_full", "The room takes  8 members."),
        ("expired", "forbidden", "The session is over."),
    ] {
        assert_eq!(told("/chat", way).await, error(code, detail));
    }
    let closed = error("closed", "It is closed.");
    assert_eq!(told("/open", "closed").await, closed);
}

#[tokio::test]
async fn a_client_is_told_nothing_of_a_cause() {
    for (way, code, detail) in [
        ("away", "away", "The archive is away; try again."),
        ("late", "late", "Too late."),
        ("everybody", "muted", "Nobody may write."),
    ] {
        assert_eq!(told("/chat", way).await, error(code, detail));
    }
    assert_eq!(told("/open", "odd").await, error("odd", "It is odd."));
}

#[tokio::test]
async fn a_client_is_told_nothing_of_what_is_internal() {
    let internal = error("internal", "The server could not handle this message.");
    for way in ["database", "bug"] {
        assert_eq!(told("/chat", way).await, internal);
    }
}

/// The schema of the `code` of a consumer's error frame.
fn code(path: &str) -> Value {
    let builder = Realtime::builder();
    let builder = match path {
        "/chat" => builder.consumer::<Chat>(path),
        _ => builder.consumer::<Open>(path),
    };
    let document = builder.asyncapi().unwrap().to_value();
    let payload = &document["components"]["messages"]["error"]["payload"];
    payload["properties"]["payload"]["properties"]["code"].clone()
}

#[test]
fn the_document_lists_the_codes_of_derived_errors() {
    let own = ["muted", "room_full", "away", "late", "unspeakable"];
    assert_eq!(
        code("/chat")["enum"],
        json!([ErrorCode::ALL, &own].concat())
    );
}

#[test]
fn a_wrapped_error_with_any_code_opens_the_list() {
    let code = code("/open");
    assert_eq!(code.get("enum"), None);
    let codes = [ErrorCode::ALL, &["closed"]].concat();
    assert_eq!(code["examples"], json!(codes));
}

#[test]
fn a_reply_lists_a_code_once() {
    type Failing = Result<Option<Result<Pong, AuthError>>, ChatError>;
    let codes = <Failing as Reply<realtime_runtime::message::Action>>::error_codes();
    let expected = [
        "muted",
        "room_full",
        "away",
        "late",
        "unspeakable",
        "forbidden",
    ];
    assert_eq!(codes, expected);
    assert!(!<Failing as Reply<realtime_runtime::message::Action>>::has_other_codes());
}

/// A log that keeps its lines: the level, then every field; of errors, their sources too.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// The lines that have this in them.
    fn lines(&self, part: &str) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        lines
            .iter()
            .filter(|line| line.contains(part))
            .cloned()
            .collect()
    }
}

struct Line(String);

impl tracing::field::Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        self.0 += &format!(" {field}={value:?}");
    }

    fn record_error(&mut self, field: &tracing::field::Field, error: &(dyn StdError + 'static)) {
        self.0 += &format!(" {field}={error}");
        let mut source = error.source();
        while let Some(error) = source {
            self.0 += &format!(": {error}");
            source = error.source();
        }
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// The only line that tells of a handler that failed in this way.
async fn logged(way: &str) -> String {
    let log = Log::default();
    let _log = tracing::subscriber::set_default(log.clone());
    told("/chat", way).await;
    let lines = log.lines("a handler failed");
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].clone()
}

#[tokio::test]
async fn the_log_has_the_code_and_every_cause_below_it() {
    let line = logged("away").await;
    assert!(line.starts_with("WARN"), "{line}");
    let cause = format!("code=away error={SECRET} of the store: {SECRET}");
    assert!(line.contains(&cause), "{line}");
}

#[tokio::test]
async fn the_log_has_what_is_internal() {
    let line = logged("database").await;
    assert!(line.starts_with("ERROR"), "{line}");
    let cause = format!("error={SECRET} of the store: {SECRET}");
    assert!(line.contains(&cause), "{line}");
    let line = logged("bug").await;
    assert!(line.contains("error=ChatError::Bug"), "{line}");
}

#[tokio::test]
async fn an_error_without_a_cause_is_for_those_who_look_closely() {
    let line = logged("muted").await;
    assert!(line.starts_with("DEBUG"), "{line}");
    assert!(line.contains("code=muted"), "{line}");
}

#[tokio::test]
async fn a_cause_that_panics_when_shown_ends_nothing() {
    let log = Log::default();
    let _log = tracing::subscriber::set_default(log.clone());
    let app = TestApp::new(realtime());
    let mut client = app.connect("/chat").await.unwrap();
    client
        .send(Fail {
            way: "unspeakable".into(),
        })
        .await;
    let detail = "It cannot be said.";
    assert_eq!(client.frames(), [error("unspeakable", detail)]);
    client.send(Ping).await;
    client.expect::<Pong>();
    assert_eq!(log.lines("its error panics when shown").len(), 1);
}

#[tokio::test]
async fn the_log_has_the_causes_of_a_shared_event_handler() {
    let log = Log::default();
    let _log = tracing::subscriber::set_default(log.clone());
    let realtime = realtime();
    let app = TestApp::new(&realtime);
    let client = app.connect("/chat").await.unwrap();
    everybody().send(&realtime.layer(), Crash).await.unwrap();
    client.assert_silent();
    let lines = log.lines("an event handler failed");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let causes = format!("{SECRET} of the store: {SECRET}");
    assert!(lines[0].contains(&causes), "{lines:?}");
}

#[test]
fn an_error_keeps_its_causes_on_its_way_to_a_box() {
    let chain = |error: Box<dyn StdError + Send + Sync>| {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            chain += &format!(" < {error}");
            source = error.source();
        }
        chain
    };
    let told = || Error::client("away", "Try again.");
    assert_eq!(chain(told().into()), "away: Try again.");
    let caused = told().with_cause(Store(Secret));
    let causes = format!("{SECRET} of the store");
    assert_eq!(
        format!("{caused:?}"),
        format!("away: Try again.: {causes}: {SECRET}")
    );
    assert_eq!(
        chain(caused.into()),
        format!("away: Try again. < {causes} < {SECRET}")
    );
    let twice = told().with_cause("a").with_cause("b");
    assert_eq!(chain(twice.into()), "away: Try again. < a < b");
    let internal = Error::internal("it broke").with_cause(Secret);
    assert_eq!(internal.code(), "internal");
    assert_eq!(chain(internal.into()), format!("it broke < {SECRET}"));
}
