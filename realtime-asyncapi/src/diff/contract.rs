//! A document as clients and servers see it: references followed, traits applied, messages under their tags.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Document;
use crate::client_view;
use crate::model::{
    Action, Channel, Extensions, Message, Operation, RefOr, Reference, SecurityScheme, Server,
    escaped,
};
use crate::resolve::Resolver;

pub(super) struct Contract<'a> {
    pub(super) document: &'a Document,
    pub(super) resolver: Resolver,
    /// Whether it is the client's view, in which what clients send is sent.
    is_mirrored: bool,
}

/// A channel with all that crosses it.
pub(super) struct ChannelView<'a> {
    pub(super) key: &'a str,
    pub(super) pointer: String,
    pub(super) channel: Cow<'a, Channel>,
    /// What clients send, by its tag.
    pub(super) requests: IndexMap<String, Exchange>,
    /// What the server sends unasked, by its tag.
    pub(super) pushes: IndexMap<String, Exchange>,
    pub(super) operations: IndexMap<&'a str, OperationView>,
}

#[derive(Clone)]
pub(super) struct OperationView {
    pub(super) pointer: String,
    pub(super) operation: Operation,
    /// Whether clients send it.
    pub(super) is_request: bool,
    /// Its tags on the wire.
    pub(super) tags: Vec<String>,
    /// Alternatives to authenticate; all lists must be satisfied.
    pub(super) security: Vec<Vec<(String, String)>>,
}

/// A message that begins something, and what answers it.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) operation: String,
    pub(super) message: MessageView,
    pub(super) reply: Option<ReplyView>,
}

#[derive(Clone)]
pub(super) struct ReplyView {
    pub(super) pointer: String,
    pub(super) messages: IndexMap<String, MessageView>,
    /// `x-reply`: how often it comes, and what comes last.
    pub(super) mode: Option<String>,
    pub(super) terminator: Option<String>,
}

#[derive(Clone)]
pub(super) struct MessageView {
    pub(super) key: String,
    pub(super) tag: String,
    pub(super) pointer: String,
    pub(super) message: Message,
}

impl<'a> Contract<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            resolver: document.resolver(),
            is_mirrored: client_view::is_client_view(document),
        }
    }

    pub(super) fn servers(&self) -> IndexMap<&'a str, Cow<'a, Server>> {
        let servers = self.document.servers.iter();
        servers
            .filter_map(|(key, server)| {
                let server = self.resolver.resolve(server).ok()?;
                Some((key.as_str(), server))
            })
            .collect()
    }

    pub(super) fn channels(&self) -> Vec<ChannelView<'a>> {
        let channels = self.document.channels.iter();
        channels
            .filter_map(|(key, item)| {
                let channel = self.resolver.resolve(item).ok()?;
                Some(self.channel(key, self.place(&["channels", key], item), channel))
            })
            .collect()
    }

    fn channel(&self, key: &'a str, pointer: String, channel: Cow<'a, Channel>) -> ChannelView<'a> {
        let mut view = ChannelView {
            key,
            pointer,
            channel,
            requests: IndexMap::new(),
            pushes: IndexMap::new(),
            operations: IndexMap::new(),
        };
        for (operation_key, item) in &self.document.operations {
            let pointer = self.place(&["operations", operation_key], item);
            let Some(operation) = self.operation(item) else {
                continue;
            };
            if operation.channel.reference != Reference::to(["channels", key]).reference {
                continue;
            }
            let messages = self.messages(&view, operation.messages.as_deref());
            let reply = self.reply(&view, &pointer, &operation);
            let tags = messages.keys().cloned().collect();
            let is_request = (operation.action == Action::Receive) != self.is_mirrored;
            let exchanges = if is_request {
                &mut view.requests
            } else {
                &mut view.pushes
            };
            for (tag, message) in messages {
                exchanges.entry(tag).or_insert_with(|| Exchange {
                    operation: operation_key.clone(),
                    message,
                    reply: reply.clone(),
                });
            }
            let security = self.security(&view.channel, &operation);
            let operation = OperationView {
                pointer,
                operation,
                is_request,
                tags,
                security,
            };
            view.operations.insert(operation_key, operation);
        }
        view
    }

    fn operation(&self, item: &RefOr<Operation>) -> Option<Operation> {
        let operation = self.resolver.resolve(item).ok()?.into_owned();
        Some(match operation.extensions.get("traits") {
            Some(traits) => self.with_traits(&operation, &traits.0).unwrap_or(operation),
            None => operation,
        })
    }

    fn reply(
        &self,
        channel: &ChannelView<'_>,
        operation: &str,
        of: &Operation,
    ) -> Option<ReplyView> {
        let reply = self.resolver.resolve(of.reply.as_ref()?).ok()?;
        // Replies come on the same socket.
        let messages = self.messages(channel, reply.messages.as_deref());
        let manner = |member: &str| {
            let value = reply.extensions.get("x-reply")?.0.get(member)?;
            value.as_str().map(str::to_owned)
        };
        Some(ReplyView {
            pointer: format!("{operation}/reply"),
            messages,
            mode: manner("mode"),
            terminator: manner("terminator"),
        })
    }

    /// The messages that an operation names; all of the channel where it names none.
    fn messages(
        &self,
        channel: &ChannelView<'_>,
        named: Option<&[Reference]>,
    ) -> IndexMap<String, MessageView> {
        let all = &channel.channel.messages;
        let keys: Vec<String> = match named {
            Some(named) => named.iter().map(Reference::key).collect(),
            None => all.keys().cloned().collect(),
        };
        let view = |key: String| {
            let item = all.get(&key)?;
            let view = self.message(channel, &key, item)?;
            Some((view.tag.clone(), view))
        };
        keys.into_iter().filter_map(view).collect()
    }

    fn message(
        &self,
        channel: &ChannelView<'_>,
        key: &str,
        item: &RefOr<Message>,
    ) -> Option<MessageView> {
        let mut message = self.resolver.resolve(item).ok()?.into_owned();
        if let Some(traits) = message.extensions.get("traits") {
            message = self.with_traits(&message, &traits.0).unwrap_or(message);
        }
        let pointer = match item {
            RefOr::Item(_) => format!("{}/messages/{}", channel.pointer, escaped(key)),
            RefOr::Ref(reference) => self.resolver.value(&reference.reference).ok()?.0,
        };
        let tag_key = channel.channel.websocket.as_ref();
        let tag_key = tag_key.map(|websocket| websocket.envelope.tag.as_str());
        let tag = tag_key
            .and_then(|tag_key| self.constant(&message, tag_key))
            .or_else(|| message.name.clone())
            .unwrap_or_else(|| key.to_owned());
        Some(MessageView {
            key: key.to_owned(),
            tag,
            pointer,
            message,
        })
    }

    /// The value that a property of the payload always has.
    fn constant(&self, message: &Message, property: &str) -> Option<String> {
        let mut schema = &message.payload.as_ref()?.0;
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            schema = self.resolver.value(reference).ok()?.1;
        }
        let constant = schema.get("properties")?.get(property)?.get("const")?;
        constant.as_str().map(str::to_owned)
    }

    /// Traits are merged into the object, whose own members win (RFC 7386).
    fn with_traits<T>(&self, object: &T, traits: &Value) -> Option<T>
    where
        T: serde::Serialize + DeserializeOwned,
    {
        let mut merged = Value::Object(serde_json::Map::new());
        for each in traits.as_array()? {
            let each = match each.get("$ref").and_then(Value::as_str) {
                Some(reference) => self.resolver.value(reference).ok()?.1,
                None => each,
            };
            merge(&mut merged, each);
        }
        merge(&mut merged, &serde_json::to_value(object).ok()?);
        serde_json::from_value(merged).ok()
    }

    /// What must be satisfied: one of the servers' schemes, and one of the operation's.
    fn security(&self, channel: &Channel, operation: &Operation) -> Vec<Vec<(String, String)>> {
        let servers = self.servers();
        let named: Option<Vec<String>> = channel.extensions.get("servers").and_then(|servers| {
            let servers = servers.0.as_array()?.iter();
            let key =
                |server: &Value| Some(server.get("$ref")?.as_str()?.rsplit('/').next()?.to_owned());
            Some(servers.filter_map(key).collect())
        });
        let mut lists: Vec<Vec<(String, String)>> = Vec::new();
        let mut add = |schemes: &[RefOr<SecurityScheme>]| {
            let mut list: Vec<_> = schemes.iter().map(|scheme| self.scheme(scheme)).collect();
            list.sort();
            list.dedup();
            if !list.is_empty() && !lists.contains(&list) {
                lists.push(list);
            }
        };
        for (key, server) in &servers {
            if named
                .as_ref()
                .is_none_or(|named| named.iter().any(|name| name == key))
            {
                add(&server.security);
            }
        }
        add(&operation.security);
        lists.sort();
        lists
    }

    /// What a scheme asks for, to compare, and how to call it.
    fn scheme(&self, item: &RefOr<SecurityScheme>) -> (String, String) {
        let Ok(scheme) = self.resolver.resolve(item) else {
            let reference = item.reference().map(|to| to.reference.clone());
            let reference = reference.unwrap_or_default();
            return (reference.clone(), reference);
        };
        let name = match (&scheme.location, &scheme.name, &scheme.scheme) {
            (Some(location), Some(name), _) => format!("the {location} `{name}`"),
            (_, _, Some(scheme)) => format!("`{scheme}`"),
            _ => format!("`{}`", scheme.kind),
        };
        let mut bare = scheme.into_owned();
        bare.description = None;
        bare.bearer_format = None;
        bare.extensions.retain(|key, _| !key.starts_with("x-"));
        (serde_json::to_string(&bare).unwrap_or_default(), name)
    }

    /// Where something of the root stands, or what its reference leads to.
    fn place<T>(&self, keys: &[&str], item: &RefOr<T>) -> String {
        match item {
            RefOr::Item(_) => pointer(keys),
            RefOr::Ref(reference) => self
                .resolver
                .value(&reference.reference)
                .map_or_else(|_| pointer(keys), |(pointer, _)| pointer),
        }
    }
}

impl MessageView {
    /// Whether a change of `documentation` is due.
    pub(super) fn prose(&self) -> (Option<&String>, Option<&String>, Option<&String>) {
        let message = &self.message;
        (
            message.title.as_ref(),
            message.summary.as_ref(),
            message.description.as_ref(),
        )
    }

    pub(super) fn extensions(&self) -> &Extensions {
        &self.message.extensions
    }
}

fn pointer(keys: &[&str]) -> String {
    keys.iter()
        .map(|key| format!("/{}", escaped(key)))
        .collect()
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(object) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            object.remove(key);
        } else {
            merge(object.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
