//! Operations, from the server's view: what clients send is received, what they are sent unasked is sent.

use indexmap::IndexMap;

use super::messages::Messages;
use super::system;
use crate::DocumentError;
use crate::model::{
    Action, Extensions, Json, Operation, RefOr, Reference, Reply, SecurityScheme, Tag,
};
use crate::names;
use crate::schemas::Direction;
use crate::spec::{ChannelSpec, MessageSpec, PushSpec, ReceiveSpec, Repetition};

/// The operations of a document in the making.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    pub(crate) by_key: IndexMap<String, RefOr<Operation>>,
    /// Whether keys have the channel's in front: where there are several channels, all of them do.
    pub(crate) prefixed: bool,
}

/// A channel whose operations are added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of<'a> {
    pub(crate) key: &'a str,
    pub(crate) spec: &'a ChannelSpec,
    pub(crate) messages: &'a Messages,
    pub(crate) security: &'a [RefOr<SecurityScheme>],
}

impl Operations {
    /// Adds all operations of a channel.
    pub(crate) fn add_channel(&mut self, of: Of<'_>) -> Result<(), DocumentError> {
        for receive in &of.spec.receives {
            self.add(of, &format!("on_{}", receive.name), of.receive(receive))?;
        }
        for push in of.pushes() {
            self.add(of, &format!("push_{}", push.name), of.push(&push))?;
        }
        if of.spec.completions {
            let summary = "Says that what a frame, a send to a group or an event caused is done.";
            let tags = system::completion_tags();
            self.add(
                of,
                "send_completion",
                of.send("completion", Some(summary), None, tags),
            )?;
        }
        if of.spec.receives.is_empty() {
            // Without a handler there is no reply to stand in, yet a client that sends something is told off.
            let summary = "Answers any frame: this channel takes none.";
            self.add(
                of,
                "send_error",
                of.send("error", Some(summary), None, [system::ERROR]),
            )?;
        }
        Ok(())
    }

    fn add(&mut self, of: Of<'_>, name: &str, operation: Operation) -> Result<(), DocumentError> {
        let key = if self.prefixed {
            of.key.to_owned() + &names::upper_camel(name)
        } else {
            names::lower_camel(name)
        };
        if self.by_key.contains_key(&key) {
            return Err(DocumentError::DuplicateKey {
                kind: "operations",
                key,
            });
        }
        self.by_key.insert(key, RefOr::Item(operation));
        Ok(())
    }
}

impl Of<'_> {
    fn receive(&self, receive: &ReceiveSpec) -> Operation {
        // Any frame may be answered by an error, so there is always a reply.
        let replies = tags(&receive.replies).chain([system::ERROR]);
        let reply = Reply {
            channel: Some(self.channel()),
            messages: Some(self.messages(Direction::Outbound, replies)),
            extensions: self.repetition(receive.repetition),
        };
        Operation {
            messages: Some(self.messages(Direction::Inbound, tags(&receive.messages))),
            reply: Some(RefOr::Item(reply)),
            tags: named(&receive.tags),
            extensions: deprecated(receive.deprecated)
                .into_iter()
                .chain(self.triggers(&receive.triggers))
                .collect(),
            ..self.operation(
                Action::Receive,
                receive.name,
                receive.summary,
                receive.description,
            )
        }
    }

    /// What is sent beside the replies; no field of the standard says so.
    fn triggers(&self, tags: &[&'static str]) -> Option<(String, Json)> {
        let messages = self.messages(Direction::Outbound, tags.iter().copied());
        let messages = serde_json::to_value(messages).unwrap_or_default();
        let name = "x-triggers".to_owned();
        (!tags.is_empty()).then_some((name, Json(messages)))
    }

    /// How a client knows that more replies come than one: no field of the standard says so.
    fn repetition(&self, repetition: Repetition) -> Extensions {
        let mode = match repetition {
            Repetition::Once => return Extensions::new(),
            Repetition::Many => "many",
            Repetition::Stream => "stream",
        };
        let mut reply = serde_json::json!({ "mode": mode });
        if self.spec.completions {
            reply["terminator"] = system::COMPLETE.into();
        }
        Extensions::from([("x-reply".to_owned(), Json(reply))])
    }

    /// An event handler and an output may have one name; what they send is then one operation.
    fn pushes(&self) -> Vec<PushSpec> {
        let mut by_key: IndexMap<String, PushSpec> = IndexMap::new();
        for push in &self.spec.pushes {
            match by_key.get_mut(&names::lower_camel(&push.name)) {
                Some(known) => known.messages.extend(push.messages.iter().cloned()),
                None => {
                    by_key.insert(names::lower_camel(&push.name), push.clone());
                }
            }
        }
        by_key.into_values().collect()
    }

    fn push(&self, push: &PushSpec) -> Operation {
        Operation {
            tags: named(&push.tags),
            extensions: deprecated(push.deprecated),
            ..self.send(
                &push.name,
                push.summary,
                push.description,
                tags(&push.messages),
            )
        }
    }

    fn send<'t>(
        &self,
        name: &str,
        summary: Option<&str>,
        description: Option<&str>,
        tags: impl IntoIterator<Item = &'t str>,
    ) -> Operation {
        Operation {
            messages: Some(self.messages(Direction::Outbound, tags)),
            ..self.operation(Action::Send, name, summary, description)
        }
    }

    fn operation(
        &self,
        action: Action,
        name: &str,
        summary: Option<&str>,
        description: Option<&str>,
    ) -> Operation {
        Operation {
            action,
            channel: self.channel(),
            title: Some(names::title(name)),
            summary: summary.map(str::to_owned),
            description: description.map(str::to_owned),
            tags: Vec::new(),
            security: self.security.to_vec(),
            messages: None,
            reply: None,
            extensions: Extensions::new(),
        }
    }

    fn channel(&self) -> Reference {
        Reference::to(["channels", self.key])
    }

    /// References to messages of the channel; to components would not do (AsyncAPI 3.0.0 § Operation Object).
    fn messages<'t>(
        &self,
        direction: Direction,
        tags: impl IntoIterator<Item = &'t str>,
    ) -> Vec<Reference> {
        let mut references = Vec::new();
        for tag in tags {
            let key = self.messages.key(direction, tag);
            let reference = Reference::to(["channels", self.key, "messages", key]);
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
        references
    }
}

fn named(tags: &[&str]) -> Vec<RefOr<Tag>> {
    let tag = |name: &&str| {
        RefOr::Item(Tag {
            name: (*name).to_owned(),
            ..Tag::default()
        })
    };
    tags.iter().map(tag).collect()
}

/// The standard has no such field for operations.
fn deprecated(deprecated: bool) -> Extensions {
    let entry = ("x-deprecated".to_owned(), Json(true.into()));
    deprecated.then_some(entry).into_iter().collect()
}

fn tags(messages: &[MessageSpec]) -> impl Iterator<Item = &'static str> {
    messages.iter().map(|message| message.tag)
}
