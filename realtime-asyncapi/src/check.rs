//! Rules that the official JSON Schema of AsyncAPI does not have.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::{Action, Channel, Document, Message, Operation, RefOr, Reference, escaped};
use crate::resolve::{Resolver, collect};
use crate::schemas::walk;
use crate::{address, names};

/// Keywords that draft-07 does not have, so that its validators skip them in silence.
const LATER_KEYWORDS: [&str; 15] = [
    "$anchor",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveAnchor",
    "$recursiveRef",
    "$vocabulary",
    "dependentRequired",
    "dependentSchemas",
    "maxContains",
    "minContains",
    "nullable",
    "prefixItems",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// A rule that a document breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A JSON pointer to the place.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}: {}", self.pointer, self.message)
    }
}

/// Every rule that a document breaks beyond what the official JSON Schema looks at; empty where all is well.
///
/// Looks at addresses and their parameters, hosts, keys, references, whether every message and component is used,
/// whether the messages of one direction can be told apart, and keywords newer than draft-07.
pub fn check(document: &Document) -> Vec<Finding> {
    let mut checker = Checker {
        document,
        resolver: &document.resolver(),
        findings: Vec::new(),
    };
    checker.servers();
    let mut channels = Channels::new();
    for (key, channel) in &document.channels {
        let pointer = format!("/channels/{}", escaped(key));
        if let Some(channel) = checker.resolved(&pointer, channel) {
            checker.channel(key, &channel);
            channels.insert(key, channel);
        }
    }
    let mut flows = Flows::default();
    for (key, operation) in &document.operations {
        let pointer = format!("/operations/{}", escaped(key));
        if let Some(operation) = checker.resolved(&pointer, operation) {
            checker.operation(&pointer, &operation, &channels, &mut flows);
        }
    }
    checker.flows(&channels, &flows);
    checker.components();
    checker.findings
}

/// The channels that could be resolved.
type Channels<'a> = IndexMap<&'a str, Cow<'a, Channel>>;
/// Per channel and way, the keys of the messages that operations name.
type Flows = BTreeMap<(String, &'static str), BTreeSet<String>>;

struct Checker<'a> {
    document: &'a Document,
    resolver: &'a Resolver,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn find(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.findings.push(Finding {
            pointer: pointer.into(),
            message: message.into(),
        });
    }

    /// The object, or a finding where its reference leads to none.
    fn resolved<'i, T>(&mut self, pointer: &str, item: &'i RefOr<T>) -> Option<Cow<'i, T>>
    where
        T: Clone + DeserializeOwned,
    {
        let resolved = self.resolver.resolve(item);
        resolved
            .map_err(|error| self.find(pointer, error.to_string()))
            .ok()
    }

    fn servers(&mut self) {
        for (key, server) in &self.document.servers {
            let pointer = format!("/servers/{}", escaped(key));
            if !names::is_component_key(key) {
                self.find(&pointer, "a key has only letters, digits, `.`, `_` and `-`");
            }
            let Some(server) = self.resolved(&pointer, server) else {
                continue;
            };
            if server.host.is_empty() || server.host.contains(['/', '?', '#']) {
                self.find(
                    pointer + "/host",
                    "must be a host with an optional port, without scheme or path",
                );
            }
        }
    }

    fn channel(&mut self, key: &str, channel: &Channel) {
        let pointer = format!("/channels/{}", escaped(key));
        let path = channel.address.as_deref().unwrap_or_default();
        if path.contains(['?', '#']) {
            self.find(
                format!("{pointer}/address"),
                "an address has neither query nor fragment",
            );
        }
        let in_address = address::parameters(path);
        for name in in_address
            .iter()
            .filter(|name| !channel.parameters.contains_key(*name))
        {
            self.find(
                format!("{pointer}/parameters"),
                format!("`{name}` of the address is missing"),
            );
        }
        for name in channel
            .parameters
            .keys()
            .filter(|name| !in_address.contains(name))
        {
            self.find(
                format!("{pointer}/parameters/{name}"),
                "is not in the address",
            );
        }
        for (name, message) in &channel.messages {
            self.resolved(&format!("{pointer}/messages/{}", escaped(name)), message);
        }
        let bindings = channel.bindings.as_ref();
        let bindings =
            bindings.and_then(|bindings| self.resolved(&format!("{pointer}/bindings"), bindings));
        let binding = bindings.as_ref().and_then(|bindings| bindings.ws.as_ref());
        for (part, schema) in [
            ("query", binding.and_then(|binding| binding.query.as_ref())),
            (
                "headers",
                binding.and_then(|binding| binding.headers.as_ref()),
            ),
        ] {
            let Some(schema) = schema else { continue };
            let pointer = format!("{pointer}/bindings/ws/{part}");
            if schema.0.get("type").is_none_or(|kind| kind != "object")
                || schema.0.get("properties").is_none()
            {
                self.find(
                    &pointer,
                    "must be a schema of type `object` with `properties`",
                );
            }
            self.schema(&pointer, &schema.0);
        }
    }

    fn operation(
        &mut self,
        pointer: &str,
        operation: &Operation,
        channels: &Channels<'_>,
        flows: &mut Flows,
    ) {
        let (way, back) = match operation.action {
            Action::Receive => ("received", "sent"),
            Action::Send => ("sent", "received"),
        };
        let mut used = |of: &mut Self, pointer: &str, channel: &Reference, messages, way| {
            if let Some((key, used)) = of.messages(pointer, channel, messages, channels) {
                flows.entry((key, way)).or_default().extend(used);
            }
        };
        let messages = operation.messages.as_deref();
        used(self, pointer, &operation.channel, messages, way);
        let reply_pointer = format!("{pointer}/reply");
        let reply = operation.reply.as_ref();
        if let Some(reply) = reply.and_then(|reply| self.resolved(&reply_pointer, reply)) {
            match &reply.channel {
                Some(channel) => {
                    let messages = reply.messages.as_deref();
                    used(self, &reply_pointer, channel, messages, back);
                }
                None => self.find(&reply_pointer, "has no channel"),
            }
        }
        for alternative in &operation.security {
            self.resolved(&format!("{pointer}/security"), alternative);
        }
    }

    /// The channel's key and the keys of the messages that an operation names.
    fn messages(
        &mut self,
        pointer: &str,
        channel: &Reference,
        messages: Option<&[Reference]>,
        channels: &Channels<'_>,
    ) -> Option<(String, Vec<String>)> {
        let is_root = channel.reference.starts_with("#/channels/");
        let key = channel.key();
        let Some(target) = channels.get(key.as_str()).filter(|_| is_root) else {
            self.find(format!("{pointer}/channel"), dangling(channel));
            return None;
        };
        let Some(messages) = messages else {
            return Some((key, target.messages.keys().cloned().collect()));
        };
        let mut used = Vec::new();
        for message in messages {
            let name = message.key();
            let of_channel = Reference::to(["channels", &key, "messages", &name]).reference;
            if target.messages.contains_key(&name) && message.reference == of_channel {
                used.push(name);
            } else {
                let message = format!(
                    "`{}` is no message of the channel `{key}`",
                    message.reference
                );
                self.find(format!("{pointer}/messages"), message);
            }
        }
        Some((key, used))
    }

    /// Every message is used, and those that go one way differ in their tags.
    fn flows(&mut self, channels: &Channels<'_>, flows: &Flows) {
        for (channel, item) in channels {
            let pointer = format!("/channels/{}/messages", escaped(channel));
            let of = |way| {
                flows
                    .get(&((*channel).to_owned(), way))
                    .into_iter()
                    .flatten()
            };
            for key in item.messages.keys() {
                if !of("received").chain(of("sent")).any(|used| used == key) {
                    self.find(
                        format!("{pointer}/{}", escaped(key)),
                        "no operation uses it",
                    );
                }
            }
            for way in ["received", "sent"] {
                let mut tags: BTreeMap<String, &str> = BTreeMap::new();
                for key in of(way) {
                    let Some(tag) = item.messages.get(key).and_then(|message| self.tag(message))
                    else {
                        continue;
                    };
                    if let Some(other) = tags.insert(tag.clone(), key) {
                        let message =
                            format!("`{tag}` is also the tag of `{other}`, which is {way} as well");
                        self.find(format!("{pointer}/{}", escaped(key)), message);
                    }
                }
            }
        }
    }

    fn tag(&self, message: &RefOr<Message>) -> Option<String> {
        self.resolver.resolve(message).ok()?.name.clone()
    }

    fn components(&mut self) {
        let components = &self.document.components;
        for (key, message) in &components.messages {
            if let Some(payload) = message.item().and_then(|message| message.payload.as_ref()) {
                self.schema(&format!("/components/messages/{key}/payload"), &payload.0);
            }
        }
        for (key, schema) in &components.schemas {
            self.schema(&format!("/components/schemas/{key}"), &schema.0);
        }
        // The document's own serialisation has every reference, wherever it stands.
        let mut used = BTreeSet::new();
        let document = self.document.to_value();
        collect(&document, &mut used);
        let kinds: [(&str, Vec<&String>); 4] = [
            ("messages", components.messages.keys().collect()),
            ("schemas", components.schemas.keys().collect()),
            (
                "securitySchemes",
                components.security_schemes.keys().collect(),
            ),
            (
                "correlationIds",
                components.correlation_ids.keys().collect(),
            ),
        ];
        for (kind, keys) in kinds {
            for key in keys {
                let pointer = format!("/components/{kind}/{}", escaped(key));
                if !names::is_component_key(key) {
                    self.find(&pointer, "a key has only letters, digits, `.`, `_` and `-`");
                }
                let leads_to = format!("#{pointer}");
                let leads_into = format!("{leads_to}/");
                if !used
                    .iter()
                    .any(|used| *used == leads_to || used.starts_with(&leads_into))
                {
                    self.find(&pointer, "nothing refers to it");
                }
            }
        }
    }

    fn schema(&mut self, pointer: &str, schema: &Value) {
        let mut wrong = BTreeSet::new();
        walk::visit(schema, &mut |object| {
            for keyword in LATER_KEYWORDS
                .iter()
                .filter(|keyword| object.contains_key(**keyword))
            {
                wrong.insert(format!("`{keyword}` is no keyword of draft-07"));
            }
            if object.contains_key("$schema") {
                wrong.insert("`$schema` has no place inside a document".to_owned());
            }
            if object.get("discriminator").is_some_and(Value::is_object) {
                wrong.insert("`discriminator` of AsyncAPI is the name of a property".to_owned());
            }
            let Some(reference) = object.get("$ref").and_then(Value::as_str) else {
                return;
            };
            if object.len() > 1 {
                wrong.insert(format!(
                    "keywords beside `$ref` to `{reference}` are ignored"
                ));
            }
            if let Err(error) = self.resolver.value(reference) {
                wrong.insert(error.to_string());
            }
        });
        for message in wrong {
            self.find(pointer, message);
        }
    }
}

fn dangling(reference: &Reference) -> String {
    format!("`{}` leads nowhere", reference.reference)
}
