//! Rules that the official JSON Schema of AsyncAPI does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::model::{Action, Channel, Document, Message, Operation, RefOr, Reference};
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
        findings: Vec::new(),
    };
    checker.servers();
    for (key, channel) in &document.channels {
        if let RefOr::Item(channel) = channel {
            checker.channel(key, channel);
        }
    }
    let mut flows = Flows::default();
    for (key, operation) in &document.operations {
        if let RefOr::Item(operation) = operation {
            checker.operation(key, operation, &mut flows);
        }
    }
    checker.flows(&flows);
    checker.components();
    checker.findings
}

/// Per channel and way, the keys of the messages that operations name.
type Flows<'a> = BTreeMap<(&'a str, &'static str), BTreeSet<String>>;

struct Checker<'a> {
    document: &'a Document,
    findings: Vec<Finding>,
}

impl<'a> Checker<'a> {
    fn find(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.findings.push(Finding {
            pointer: pointer.into(),
            message: message.into(),
        });
    }

    fn servers(&mut self) {
        for (key, server) in &self.document.servers {
            let pointer = format!("/servers/{key}");
            if !names::is_component_key(key) {
                self.find(&pointer, "a key has only letters, digits, `.`, `_` and `-`");
            }
            let Some(server) = server.item() else {
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
        let pointer = format!("/channels/{key}");
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
            if let RefOr::Ref(reference) = message
                && !self
                    .document
                    .components
                    .messages
                    .contains_key(&reference.key())
            {
                self.find(format!("{pointer}/messages/{name}"), dangling(reference));
            }
        }
        let binding = channel
            .bindings
            .as_ref()
            .and_then(|bindings| bindings.ws.as_ref());
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

    fn operation(&mut self, key: &str, operation: &'a Operation, flows: &mut Flows<'a>) {
        let pointer = format!("/operations/{key}");
        let (way, back) = match operation.action {
            Action::Receive => ("received", "sent"),
            Action::Send => ("sent", "received"),
        };
        self.messages(
            &pointer,
            &operation.channel,
            operation.messages.as_deref(),
            way,
            flows,
        );
        if let Some(reply) = &operation.reply {
            let pointer = pointer.clone() + "/reply";
            match &reply.channel {
                Some(channel) => {
                    self.messages(&pointer, channel, reply.messages.as_deref(), back, flows);
                }
                None => self.find(&pointer, "has no channel"),
            }
        }
        for alternative in operation.security.iter().filter_map(RefOr::reference) {
            if !self
                .document
                .components
                .security_schemes
                .contains_key(&alternative.key())
            {
                self.find(format!("{pointer}/security"), dangling(alternative));
            }
        }
    }

    fn messages(
        &mut self,
        pointer: &str,
        channel: &'a Reference,
        messages: Option<&[Reference]>,
        way: &'static str,
        flows: &mut Flows<'a>,
    ) {
        let key = channel
            .reference
            .strip_prefix("#/channels/")
            .unwrap_or_default();
        let Some(RefOr::Item(target)) = self.document.channels.get(key) else {
            self.find(format!("{pointer}/channel"), dangling(channel));
            return;
        };
        let flow = flows.entry((key, way)).or_default();
        let Some(messages) = messages else {
            flow.extend(target.messages.keys().cloned());
            return;
        };
        let mut foreign = Vec::new();
        for message in messages {
            let name = message.key();
            if target.messages.contains_key(&name)
                && *message == Reference::to(["channels", key, "messages", &name])
            {
                flow.insert(name);
            } else {
                foreign.push(format!(
                    "`{}` is no message of the channel `{key}`",
                    message.reference
                ));
            }
        }
        for message in foreign {
            self.find(format!("{pointer}/messages"), message);
        }
    }

    /// Every message is used, and those that go one way differ in their tags.
    fn flows(&mut self, flows: &Flows<'_>) {
        for (channel, item) in &self.document.channels {
            let Some(item) = item.item() else { continue };
            let of = |way| flows.get(&(channel.as_str(), way)).into_iter().flatten();
            for key in item.messages.keys() {
                if !of("received").chain(of("sent")).any(|used| used == key) {
                    self.find(
                        format!("/channels/{channel}/messages/{key}"),
                        "no operation uses it",
                    );
                }
            }
            for way in ["received", "sent"] {
                let mut tags: BTreeMap<&str, &str> = BTreeMap::new();
                for key in of(way) {
                    let message = item
                        .messages
                        .get(key)
                        .and_then(|message| self.message(message));
                    let Some(tag) = message.and_then(|message| message.name.as_deref()) else {
                        continue;
                    };
                    if let Some(other) = tags.insert(tag, key) {
                        let message =
                            format!("`{tag}` is also the tag of `{other}`, which is {way} as well");
                        self.find(format!("/channels/{channel}/messages/{key}"), message);
                    }
                }
            }
        }
    }

    fn message(&self, message: &'a RefOr<Message>) -> Option<&'a Message> {
        match message {
            RefOr::Item(message) => Some(message),
            RefOr::Ref(reference) => self
                .document
                .components
                .messages
                .get(&reference.key())?
                .item(),
        }
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
        references(&self.document.to_value(), &mut used);
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
                let pointer = format!("/components/{kind}/{key}");
                if !names::is_component_key(key) {
                    self.find(&pointer, "a key has only letters, digits, `.`, `_` and `-`");
                }
                if !used.contains(&format!("#{pointer}")) {
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
            if walk::target(object)
                .is_none_or(|name| !self.document.components.schemas.contains_key(name))
            {
                wrong.insert(format!("`{reference}` leads nowhere"));
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

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(
                object
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
