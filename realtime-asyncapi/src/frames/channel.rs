//! The frames of one channel, by their way and their tag.

use serde_json::Value;

use super::Undeclared;
use super::schema::Schema;
use crate::model::escaped;
use crate::model::{Action, Channel, Operation, Reference};
use crate::{Document, ResolveError, Resolver};

/// The frames of one channel.
#[derive(Debug)]
pub struct ChannelFrames {
    key: String,
    address: String,
    tag_key: String,
    ref_key: String,
    messages: Vec<Declared>,
    exchanges: Vec<Exchange>,
    close_codes: Vec<u16>,
}

/// A message that goes one way.
#[derive(Debug)]
struct Declared {
    action: Action,
    key: String,
    /// `None`: any.
    tag: Option<String>,
    schema: Schema,
    examples: Vec<Value>,
}

/// A message that a client may send, and what may answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The key of the operation.
    pub operation: String,
    /// The key of the message that the client sends.
    pub message: String,
    /// The keys of the messages that may answer; empty: nothing does.
    pub replies: Vec<String>,
    /// Whether the answers come over time, `x-reply: {"mode": "stream"}`.
    pub over_time: bool,
}

impl ChannelFrames {
    pub(super) fn new(
        document: &Document,
        resolver: &Resolver,
        key: &str,
    ) -> Result<Self, ResolveError> {
        let channel = resolver.resolve(&document.channels[key])?;
        let websocket = channel.websocket.as_ref();
        let mut frames = Self {
            key: key.to_owned(),
            address: channel.address.clone().unwrap_or_default(),
            tag_key: websocket.map_or_else(
                || "action".to_owned(),
                |websocket| websocket.envelope.tag.clone(),
            ),
            ref_key: websocket.map_or_else(
                || "ref".to_owned(),
                |websocket| websocket.envelope.reference.clone(),
            ),
            messages: Vec::new(),
            exchanges: Vec::new(),
            close_codes: websocket
                .map(|websocket| websocket.close_codes.iter().map(|row| row.code).collect())
                .unwrap_or_default(),
        };
        let (of_channel, _) = resolver.value(&format!("#/channels/{}", escaped(key)))?;
        for (name, operation) in &document.operations {
            let operation = resolver.resolve(operation)?;
            let (channel_of, _) = resolver.value(&operation.channel.reference)?;
            if channel_of == of_channel {
                frames.operation(name, &operation, &channel, resolver)?;
            }
        }
        Ok(frames)
    }

    fn operation(
        &mut self,
        name: &str,
        operation: &Operation,
        channel: &Channel,
        resolver: &Resolver,
    ) -> Result<(), ResolveError> {
        let own = keys(operation.messages.as_deref(), channel);
        let back = match operation.action {
            Action::Receive => Action::Send,
            Action::Send => Action::Receive,
        };
        let mut replies = Vec::new();
        let mut over_time = false;
        if let Some(reply) = &operation.reply {
            let reply = resolver.resolve(reply)?;
            replies = keys(reply.messages.as_deref(), channel);
            let manner = reply.extensions.get("x-reply");
            over_time = manner.is_some_and(|manner| manner.0["mode"] == "stream");
        }
        for (action, keys) in [(operation.action, &own), (back, &replies)] {
            for key in keys {
                self.declare(action, key, channel, resolver)?;
            }
        }
        if operation.action == Action::Receive {
            for key in own {
                self.exchanges.push(Exchange {
                    over_time,
                    operation: name.to_owned(),
                    message: key,
                    replies: replies.clone(),
                });
            }
        }
        Ok(())
    }

    fn declare(
        &mut self,
        action: Action,
        key: &str,
        channel: &Channel,
        resolver: &Resolver,
    ) -> Result<(), ResolveError> {
        let known = |declared: &Declared| declared.action == action && declared.key == key;
        if self.messages.iter().any(known) {
            return Ok(());
        }
        let message = resolver.resolve(&channel.messages[key])?;
        let examples = message.examples.iter().map(|example| &example.payload);
        let payload = message.payload.clone().unwrap_or_default().0;
        let payload = json_schema(payload);
        let mut object = &payload;
        if let Some(reference) = payload.get("$ref").and_then(Value::as_str) {
            object = resolver.value(reference)?.1;
        }
        let tag = object["properties"][&self.tag_key]["const"].as_str();
        self.messages.push(Declared {
            action,
            key: key.to_owned(),
            tag: tag.map(str::to_owned),
            schema: Schema::new(&payload, resolver),
            examples: examples
                .flatten()
                .map(|example| example.0.clone())
                .collect(),
        });
        Ok(())
    }

    /// The key of the channel.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The path, with `{parameters}`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The key of the frame's tag.
    pub fn tag_key(&self) -> &str {
        &self.tag_key
    }

    /// The key of the correlation identifier.
    pub fn ref_key(&self) -> &str {
        &self.ref_key
    }

    /// Whether it is the path of this channel.
    pub(super) fn is_at(&self, path: &str) -> bool {
        let mut path = path.split('/');
        for part in self.address.split('/') {
            let Some(given) = path.next() else {
                return false;
            };
            let parameter = part.starts_with('{') && part.ends_with('}');
            if parameter && part.starts_with("{*") {
                return !given.is_empty();
            }
            if !(parameter && !given.is_empty() || part == given) {
                return false;
            }
        }
        path.next().is_none()
    }

    /// The key of the message that a client's frame is.
    ///
    /// # Errors
    /// When the document declares no such frame of a client.
    pub fn received(&self, text: &str) -> Result<&str, Undeclared> {
        self.message(Action::Receive, text)
    }

    /// The key of the message that a server's frame is.
    ///
    /// # Errors
    /// When the document declares no such frame of the server.
    pub fn sent(&self, text: &str) -> Result<&str, Undeclared> {
        self.message(Action::Send, text)
    }

    fn message(&self, action: Action, text: &str) -> Result<&str, Undeclared> {
        let frame: Value = serde_json::from_str(text).map_err(|_| Undeclared::NoObject)?;
        let object = frame.as_object().ok_or(Undeclared::NoObject)?;
        let tag = object.get(&self.tag_key).and_then(Value::as_str);
        let tag = tag.ok_or_else(|| Undeclared::NoTag {
            key: self.tag_key.clone(),
        })?;
        let this_way = || self.messages.iter().filter(|of| of.action == action);
        let mut errors = None;
        for declared in this_way() {
            if declared.tag.as_deref().is_some_and(|known| known != tag) {
                continue;
            }
            let found = declared.schema.errors(&frame);
            if found.is_empty() {
                return Ok(&declared.key);
            }
            errors.get_or_insert(found);
        }
        let tag = tag.to_owned();
        Err(match errors {
            Some(errors) => Undeclared::Payload { tag, errors },
            None => Undeclared::Tag {
                tag,
                declared: this_way().filter_map(|of| of.tag.clone()).collect(),
            },
        })
    }

    /// Whether the table of close codes has this one. 1000 and the codes that nobody sends are always fine.
    pub fn closes_with(&self, code: u16) -> bool {
        matches!(code, 1000 | 1005 | 1006) || self.close_codes.contains(&code)
    }

    /// The keys of all messages that go this way, as seen from the server.
    pub fn declared(&self, action: Action) -> impl Iterator<Item = &str> {
        let this_way = self.messages.iter().filter(move |of| of.action == action);
        this_way.map(|of| of.key.as_str())
    }

    /// The frames that show what the message of this key looks like that goes this way.
    pub fn examples(&self, action: Action, key: &str) -> &[Value] {
        let mut messages = self.messages.iter();
        let found = messages.find(|of| of.action == action && of.key == key);
        found.map(|of| of.examples.as_slice()).unwrap_or_default()
    }

    /// What clients may send, and what may answer it.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }
}

/// The schema itself; of a format that is no JSON Schema nothing is taken to fit (AsyncAPI 3.0.0 § Multi Format Schema Object).
fn json_schema(payload: Value) -> Value {
    let Some(format) = payload.get("schemaFormat").and_then(Value::as_str) else {
        return if payload.is_null() {
            Value::Bool(true)
        } else {
            payload
        };
    };
    let is_json_schema = ["application/vnd.aai.asyncapi", "application/schema+"]
        .iter()
        .any(|known| format.starts_with(known));
    match payload.get("schema") {
        Some(schema) if is_json_schema => schema.clone(),
        _ => Value::Bool(false),
    }
}

/// The keys of the listed messages; none listed means all.
fn keys(listed: Option<&[Reference]>, channel: &Channel) -> Vec<String> {
    match listed {
        Some(listed) => {
            let keys = listed.iter().map(Reference::key);
            keys.filter(|key| channel.messages.contains_key(key))
                .collect()
        }
        None => channel.messages.keys().cloned().collect(),
    }
}
