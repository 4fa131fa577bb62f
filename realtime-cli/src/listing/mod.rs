//! A document for people at a terminal.

mod text;
mod types;

use std::collections::BTreeSet;

use realtime_asyncapi::model::{
    Action, Channel, Limits, Message, Operation, RefOr, Reference, Reply, SecurityScheme,
};
use realtime_asyncapi::{Document, Resolver};

use self::text::Text;
use self::types::Types;

/// The listing of a whole document.
pub(crate) fn of(document: &Document) -> String {
    let mut listing = Listing {
        document,
        resolver: document.resolver(),
        types: Types::default(),
        text: Text::default(),
    };
    listing.head();
    for (key, channel) in &document.channels {
        if let Ok(channel) = listing.resolver.clone().resolve(channel) {
            listing.channel(key, &channel);
        }
    }
    listing.types();
    listing.text.finish()
}

struct Listing<'a> {
    document: &'a Document,
    resolver: Resolver,
    /// The named types that have been mentioned.
    types: Types,
    text: Text,
}

/// Which way the frames of an operation go, as seen by a person: a client's document says it the other way round.
fn is_inbound(document: &Document, action: Action) -> bool {
    let view = document.extensions.get("x-generated-view");
    let is_client = view.is_some_and(|view| view.0 == "client");
    (action == Action::Receive) != is_client
}

impl Listing<'_> {
    fn head(&mut self) {
        let info = &self.document.info;
        let line = format!(
            "{} {} (AsyncAPI {})",
            info.title, info.version, self.document.asyncapi
        );
        self.text.line(0, &line);
        self.text.prose(0, info.description.as_deref());
        for (key, server) in &self.document.servers {
            let Ok(server) = self.resolver.resolve(server) else {
                continue;
            };
            let path = server.pathname.as_deref().unwrap_or_default();
            let mut line = format!("server {key}: {}://{}{path}", server.protocol, server.host);
            line.push_str(&self.authentication(&server.security));
            self.text.gap();
            self.text.line(0, &line);
        }
    }

    fn channel(&mut self, key: &str, channel: &Channel) {
        let address = channel.address.as_deref().unwrap_or("(no address)");
        self.text.gap();
        self.text.line(0, &format!("channel {key}: {address}"));
        self.text.prose(2, channel.summary.as_deref());
        for (name, parameter) in &channel.parameters {
            let Ok(parameter) = self.resolver.resolve(parameter) else {
                continue;
            };
            let kind = match &parameter.schema {
                Some(schema) => self.types.short(&schema.0),
                None if parameter.values.is_empty() => "string".to_owned(),
                None => types::quoted(&parameter.values),
            };
            let line = format!("path {name}: {kind}");
            self.text
                .described(2, &line, parameter.description.as_deref());
        }
        let bindings = channel.bindings.as_ref();
        let bindings = bindings.and_then(|bindings| self.resolver.resolve(bindings).ok());
        if let Some(ws) = bindings.and_then(|bindings| bindings.ws.clone()) {
            for (part, schema) in [("query", ws.query), ("header", ws.headers)] {
                for field in schema
                    .iter()
                    .flat_map(|schema| self.types.fields(&schema.0))
                {
                    let line = format!("{part} {}", field.line);
                    self.text.described(2, &line, field.description.as_deref());
                }
            }
        }
        if let Some(websocket) = &channel.websocket {
            let (tag, reference) = (&websocket.envelope.tag, &websocket.envelope.reference);
            let line =
                format!("frames: `{tag}` is the tag, `{reference}` ties an answer to its request");
            self.text.line(2, &line);
        }
        let pointer = Reference::to(["channels", key]).reference;
        let operations: Vec<(&String, Operation)> = self
            .document
            .operations
            .iter()
            .filter_map(|(key, operation)| {
                let operation = self.resolver.resolve(operation).ok()?.into_owned();
                (operation.channel.reference == pointer).then_some((key, operation))
            })
            .collect();
        let mut answers = Vec::new();
        for (inbound, title) in [(true, "client → server"), (false, "server → client")] {
            let of_way = operations
                .iter()
                .filter(|(_, operation)| is_inbound(self.document, operation.action) == inbound);
            let of_way: Vec<_> = of_way.collect();
            if of_way.is_empty() {
                continue;
            }
            self.text.gap();
            self.text.line(2, title);
            for (key, operation) in of_way {
                self.operation(channel, key, operation, &mut answers);
            }
        }
        self.answers(channel, &operations, &answers);
        self.websocket(channel);
    }

    fn operation(
        &mut self,
        channel: &Channel,
        key: &str,
        operation: &Operation,
        answers: &mut Vec<String>,
    ) {
        let mut line = key.to_owned();
        if operation
            .extensions
            .get("x-deprecated")
            .is_some_and(|mark| mark.0 == true)
        {
            line.push_str(" (deprecated)");
        }
        line.push_str(&self.authentication(&operation.security));
        self.text.gap();
        self.text.described(4, &line, operation.summary.as_deref());
        for message in named(channel, operation.messages.as_deref()) {
            self.message(channel, &message, 6);
        }
        let reply = operation.reply.as_ref();
        let Some(reply) = reply.and_then(|reply| self.resolver.resolve(reply).ok()) else {
            return;
        };
        let messages = named(channel, reply.messages.as_deref());
        let tags: Vec<String> = messages.iter().map(|key| self.tag(channel, key)).collect();
        self.text.line(
            6,
            &format!("answered {}by {}", manner(&reply), tags.join(" | ")),
        );
        for key in messages {
            if !answers.contains(&key) {
                answers.push(key);
            }
        }
    }

    /// What comes as an answer alone.
    fn answers(&mut self, channel: &Channel, operations: &[(&String, Operation)], all: &[String]) {
        let shown: BTreeSet<String> = operations
            .iter()
            .flat_map(|(_, operation)| named(channel, operation.messages.as_deref()))
            .collect();
        let rest: Vec<&String> = all.iter().filter(|key| !shown.contains(*key)).collect();
        if rest.is_empty() {
            return;
        }
        self.text.gap();
        self.text.line(2, "answers");
        for key in rest {
            self.text.gap();
            self.message(channel, key, 4);
        }
    }

    fn message(&mut self, channel: &Channel, key: &str, indent: usize) {
        let Some(message) = self.resolved(channel, key) else {
            return;
        };
        let tag = message.name.clone().unwrap_or_else(|| key.to_owned());
        self.text
            .described(indent, &tag, message.summary.as_deref());
        let Some(payload) = &message.payload else {
            return;
        };
        let mut fields = self.types.fields(&payload.0);
        let all = fields.len();
        if let Some(websocket) = &channel.websocket {
            // They are said once, of the channel.
            let envelope = [&websocket.envelope.tag, &websocket.envelope.reference];
            fields.retain(|field| !envelope.contains(&&field.name));
        }
        if all == 0 {
            let short = self.types.short(&payload.0);
            self.text.line(indent + 2, &short);
        }
        for field in fields {
            self.text
                .described(indent + 2, &field.line, field.description.as_deref());
        }
    }

    fn resolved(&self, channel: &Channel, key: &str) -> Option<Message> {
        let message = self.resolver.resolve(channel.messages.get(key)?).ok()?;
        Some(message.into_owned())
    }

    fn tag(&self, channel: &Channel, key: &str) -> String {
        let message = self.resolved(channel, key);
        message
            .and_then(|message| message.name)
            .unwrap_or_else(|| key.to_owned())
    }

    fn websocket(&mut self, channel: &Channel) {
        let Some(websocket) = &channel.websocket else {
            return;
        };
        if !websocket.close_codes.is_empty() {
            self.text.gap();
            self.text.line(2, "close codes");
            for code in &websocket.close_codes {
                let again = if code.reconnect {
                    ", connect again"
                } else {
                    ""
                };
                let line = format!("{} {}{again}", code.code, code.name);
                self.text.described(4, &line, Some(&code.summary));
            }
        }
        self.text.gap();
        self.text.line(2, "limits");
        for line in limits(&websocket.limits) {
            self.text.line(4, &line);
        }
        if let Some(heartbeat) = &websocket.heartbeat {
            let (interval, timeout) = (heartbeat.interval_ms, heartbeat.timeout_ms);
            let line = format!("ping every {interval} ms, pong within {timeout} ms");
            self.text.line(4, &line);
        }
    }

    /// The types that were named, and those that they name.
    fn types(&mut self) {
        let mut shown = BTreeSet::new();
        while let Some(name) = self.types.next(&shown) {
            shown.insert(name.clone());
            let Some(schema) = self.document.components.schemas.get(&name) else {
                continue;
            };
            self.text.gap();
            let fields = self.types.fields(&schema.0);
            if fields.is_empty() {
                let short = self.types.short(&schema.0);
                self.text.line(0, &format!("type {name} = {short}"));
                continue;
            }
            self.text.line(0, &format!("type {name}"));
            for field in fields {
                self.text
                    .described(2, &field.line, field.description.as_deref());
            }
        }
    }

    fn authentication(&self, alternatives: &[RefOr<SecurityScheme>]) -> String {
        let said = |scheme: &RefOr<SecurityScheme>| {
            let scheme = self.resolver.resolve(scheme).ok()?;
            Some(match (&scheme.location, &scheme.name, &scheme.scheme) {
                (Some(location), Some(name), _) => format!("{location} {name}"),
                (_, _, Some(scheme)) => scheme.clone(),
                _ => scheme.kind.clone(),
            })
        };
        let all: Vec<String> = alternatives.iter().filter_map(said).collect();
        if all.is_empty() {
            return String::new();
        }
        format!(", authenticated by {}", all.join(" or "))
    }
}

/// The keys of the messages that are named; all where none are.
fn named(channel: &Channel, messages: Option<&[Reference]>) -> Vec<String> {
    match messages {
        Some(messages) => messages.iter().map(Reference::key).collect(),
        None => channel.messages.keys().cloned().collect(),
    }
}

fn manner(reply: &Reply) -> &'static str {
    let mode = reply
        .extensions
        .get("x-reply")
        .and_then(|reply| reply.0.get("mode")?.as_str());
    match mode {
        Some("many") => "several times ",
        Some("stream") => "by a stream, ",
        _ => "",
    }
}

fn limits(limits: &Limits) -> Vec<String> {
    let rows = [
        ("message", Some(limits.max_message_bytes), " bytes"),
        ("frame", limits.max_frame_bytes, " bytes"),
        (
            "frames per second",
            limits.frames_per_second.map(u64::from),
            "",
        ),
        ("frames in a burst", limits.burst.map(u64::from), ""),
        ("requests under way", limits.max_concurrent, ""),
        ("messages that wait", limits.outbox_messages, ""),
        ("bytes that wait", limits.outbox_bytes, ""),
        ("nothing taken", limits.write_timeout_ms, " ms"),
        ("idle", limits.idle_timeout_ms, " ms"),
        (
            "connections of one user",
            limits.max_connections_per_user,
            "",
        ),
        ("handshake", limits.handshake_timeout_ms, " ms"),
    ];
    let line =
        |(name, limit, unit): (&str, Option<u64>, &str)| Some(format!("{name}: {}{unit}", limit?));
    rows.into_iter().filter_map(line).collect()
}
