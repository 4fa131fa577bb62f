//! Every example of a document, sent to the application it describes.

use std::{
    collections::HashMap,
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
};

use realtime_asyncapi::{
    Document,
    frames::{ChannelFrames, Exchange, Frames},
    model::{Action, Channel, Json, Parameter},
};
use serde_json::Value;

use crate::{Communicator, Connecting, NotConnected, TestApp, connect::encoded};

/// The `ref` of every frame that is replayed.
const REFERENCE: &str = "contract";

/// Answers that say that the example itself is no good.
const REFUSALS: [&str; 6] = [
    "malformed_json",
    "not_an_object",
    "missing_tag",
    "unknown_action",
    "invalid_payload",
    "internal",
];

type Prepare = Box<dyn Fn(Connecting) -> Connecting + Send + Sync>;

/// Sends every example of every message that a document lets clients send. Await it, after settings if there are some.
///
/// Each goes over a connection of its own. All frames and closes that come are held against the document, and so are the
/// examples themselves, of both ways; what carries the example's `ref` must be one of the operation's replies, and must not
/// say that the example cannot be read.
///
/// # Panics
/// When server and document disagree, or when a connection cannot be made.
#[must_use = "a contract does nothing until it is awaited"]
pub struct Contract {
    app: TestApp,
    document: Document,
    prefix: String,
    parameters: HashMap<String, String>,
    prepare: Option<Prepare>,
}

/// What was sent, and what came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// Examples that were sent.
    pub sent: usize,
    /// Frames that answered them; of answers that come over time the first alone.
    pub answers: usize,
    /// Examples at which the server closed the connection.
    pub closes: usize,
    /// Messages that clients may send and that have no example, as `channel: message`.
    pub without_example: Vec<String>,
}

impl Contract {
    pub(crate) fn new(app: TestApp, document: Document) -> Self {
        Self {
            app,
            document,
            prefix: String::new(),
            parameters: HashMap::new(),
            prepare: None,
        }
    }

    /// The value of a parameter of the path or the query. Default: one that its schema allows.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What the application's router has in front of the consumers' paths.
    pub fn under(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// How each connection is made, for example `|connecting| connecting.identity(user.clone())`.
    pub fn connecting(
        mut self,
        prepare: impl Fn(Connecting) -> Connecting + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Box::new(prepare));
        self
    }

    async fn run(self) -> Replayed {
        let frames = match Frames::new(&self.document) {
            Ok(frames) => frames,
            Err(error) => panic!("the document cannot be read: {error}"),
        };
        let mut replayed = Replayed::default();
        for channel in frames.channels() {
            let path = self.path(channel);
            examples_fit(channel);
            for exchange in channel.exchanges() {
                let examples = channel.examples(Action::Receive, &exchange.message);
                if examples.is_empty() {
                    let without = format!("{}: {}", channel.key(), exchange.message);
                    replayed.without_example.push(without);
                }
                for example in examples {
                    self.replay(channel, exchange, &path, example, &mut replayed)
                        .await;
                }
            }
        }
        replayed
    }

    async fn replay(
        &self,
        channel: &ChannelFrames,
        exchange: &Exchange,
        path: &str,
        example: &Value,
        replayed: &mut Replayed,
    ) {
        let mut connection = self.connect(path).await;
        connection.frames();
        let mut frame = example.clone();
        let key = channel.ref_key();
        frame[key] = REFERENCE.into();
        let text = frame.to_string();
        replayed.sent += 1;
        let mut answers = Vec::new();
        if exchange.over_time {
            answers.extend(first_answer(&mut connection, &text, key).await);
        } else {
            connection.send_raw(text.clone()).await;
            answers.extend(connection.frames());
            answers.retain(|answer| answer[key] == REFERENCE);
        }
        replayed.answers += answers.len();
        for answer in &answers {
            judge(channel, exchange, &text, answer);
        }
        match connection.closed() {
            Some(_) => replayed.closes += 1,
            None => connection.disconnect().await,
        }
        self.app.inner.documents.assert_held();
    }

    async fn connect(&self, path: &str) -> Communicator {
        let mut connecting = self.app.connect(path);
        if let Some(prepare) = &self.prepare {
            connecting = prepare(connecting);
        }
        match connecting.await {
            Ok(connection) => connection,
            Err(refused) => panic!("{}", why(path, &refused)),
        }
    }

    /// The channel's path, with a value for each parameter.
    fn path(&self, of: &ChannelFrames) -> String {
        let resolver = self.document.resolver();
        let channel = self.document.channels.get(of.key());
        let channel = channel.and_then(|channel| resolver.resolve(channel).ok());
        let channel = channel.unwrap_or_default();
        let mut path = format!("{}{}", self.prefix, of.address());
        for (name, parameter) in &channel.parameters {
            let parameter = resolver.resolve(parameter).ok();
            let value = self
                .parameters
                .get(name)
                .cloned()
                .unwrap_or_else(|| default(parameter.as_deref()));
            for placeholder in [format!("{{{name}}}"), format!("{{*{name}}}")] {
                path = path.replace(&placeholder, &encoded(&value).to_string());
            }
        }
        let query = self.query(&channel);
        if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        }
    }

    /// What was given, and what is required.
    fn query(&self, channel: &Channel) -> Vec<String> {
        let resolver = self.document.resolver();
        let bindings = channel.bindings.as_ref();
        let bindings = bindings.and_then(|bindings| resolver.resolve(bindings).ok());
        let query = bindings.and_then(|bindings| bindings.ws.clone()?.query);
        let Some(Json(schema)) = query else {
            return Vec::new();
        };
        let properties = schema["properties"].as_object().cloned();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = properties.unwrap_or_default().into_iter();
        let values = properties.filter_map(|(name, schema)| {
            let given = self.parameters.get(&name).cloned();
            let needed = required.contains(&Value::from(name.as_str()));
            let value = given.or_else(|| needed.then(|| of_schema(&schema)))?;
            Some(format!("{}={}", encoded(&name), encoded(&value)))
        });
        values.collect()
    }
}

/// Examples of either way are what the document says of their message.
fn examples_fit(channel: &ChannelFrames) {
    for action in [Action::Receive, Action::Send] {
        for key in channel.declared(action) {
            for example in channel.examples(action, key) {
                let text = example.to_string();
                let found = match action {
                    Action::Receive => channel.received(&text),
                    Action::Send => channel.sent(&text),
                };
                if let Err(error) = found {
                    panic!(
                        "an example of `{key}` on `{}` is {text}: {error}",
                        channel.key()
                    );
                }
            }
        }
    }
}

/// Of what may go on for ever the first answer; none where it ends before.
async fn first_answer(connection: &mut Communicator, text: &str, key: &str) -> Option<Value> {
    let mut done = std::pin::pin!(connection.begin_raw(text.to_owned()).await.done());
    loop {
        let frame = tokio::select! {
            biased;
            frame = connection.next_frame() => frame?,
            () = &mut done => {
                let frames = connection.frames();
                return frames.into_iter().find(|frame| frame[key] == REFERENCE);
            }
        };
        if frame[key] == REFERENCE {
            return Some(frame);
        }
    }
}

fn judge(channel: &ChannelFrames, exchange: &Exchange, sent: &str, answer: &Value) {
    let Exchange {
        operation, replies, ..
    } = exchange;
    let key = match channel.sent(&answer.to_string()) {
        Ok(key) => key,
        Err(error) => panic!("`{operation}` was sent {sent} and answered with {answer}: {error}"),
    };
    assert!(
        replies.iter().any(|reply| reply == key) || is_completion(channel, answer),
        "`{operation}` was sent {sent} and answered with {answer}, but its replies are {replies:?}"
    );
    let code = answer["payload"]["code"]
        .as_str()
        .or(answer["code"].as_str());
    assert!(
        key != "error" || !code.is_some_and(|code| REFUSALS.contains(&code)),
        "`{operation}` does not take its own example {sent}; it answered {answer}"
    );
}

/// Whether it says that all is done, which no operation replies.
fn is_completion(channel: &ChannelFrames, answer: &Value) -> bool {
    answer[channel.tag_key()] == "complete"
}

fn why(path: &str, refused: &NotConnected) -> String {
    format!(
        "no connection could be made to {path}: {refused:?}; say who connects with `Contract::connecting`, and what the \
         path means with `Contract::parameter`"
    )
}

fn default(parameter: Option<&Parameter>) -> String {
    let Some(parameter) = parameter else {
        return of_schema(&Value::Null);
    };
    let mut known = parameter.examples.iter().chain(&parameter.default);
    known
        .next()
        .or(parameter.values.first())
        .cloned()
        .unwrap_or_else(|| {
            let schema = parameter.schema.as_ref();
            of_schema(schema.map_or(&Value::Null, |schema| &schema.0))
        })
}

/// A value that fits a schema of a parameter, as it stands in an address.
fn of_schema(schema: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for known in [
        &schema["default"],
        &schema["examples"][0],
        &schema["enum"][0],
    ] {
        if !known.is_null() {
            return text(known);
        }
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str());
    match (kind, schema["format"].as_str()) {
        (Some("integer" | "number"), _) => {
            schema.get("minimum").map_or_else(|| "1".to_owned(), text)
        }
        (Some("boolean"), _) => "true".to_owned(),
        (_, Some("uuid")) => "00000000-0000-4000-8000-000000000000".to_owned(),
        (_, Some("date")) => "2026-01-31".to_owned(),
        (_, Some("date-time")) => "2026-01-31T09:30:00Z".to_owned(),
        _ => "example".to_owned(),
    }
}

impl IntoFuture for Contract {
    type Output = Replayed;
    type IntoFuture = Pin<Box<dyn Future<Output = Replayed> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract")
            .field("prefix", &self.prefix)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}
