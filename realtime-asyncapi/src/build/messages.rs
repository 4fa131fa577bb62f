//! The messages of a channel, each once, whatever uses it.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::system;
use crate::model::{Json, Message, MessageExample, RefOr, Reference};
use crate::names::{self, Keys};
use crate::schemas::frame::Frames;
use crate::schemas::merge::Merged;
use crate::schemas::{Direction, Schemas};
use crate::spec::{AppSpec, ChannelSpec, MessageSpec};
use crate::{DocumentError, build};

/// The key under `components.correlationIds`.
pub(crate) const CORRELATION_KEY: &str = "ref";

/// The messages of a channel while their payloads still refer to the components of one direction.
///
/// A frame is known by its way and its tag; that is what a peer has to tell it by.
#[derive(Debug, Default)]
pub(crate) struct Drafts(IndexMap<(Direction, String), Message>);

impl Drafts {
    /// Collects what a channel receives, replies, pushes and sends of the framework's own.
    pub(crate) fn new(
        app: &AppSpec,
        channel: &ChannelSpec,
        inbound: &mut Schemas,
        outbound: &mut Schemas,
    ) -> Result<Self, DocumentError> {
        let mut drafts = Self::default();
        let (form, consumer) = (channel.form, channel.consumer);
        let replies = channel.receives.iter().flat_map(|receive| &receive.replies);
        // What is a reply here may be pushed there; one message describes both, and the `ref` is optional.
        let replied: BTreeSet<&str> = replies.map(|message| message.tag).collect();
        let mut inbound = Frames {
            schemas: inbound,
            form,
            consumer,
        };
        let mut outbound = Frames {
            schemas: outbound,
            form,
            consumer,
        };
        for receive in &channel.receives {
            for spec in &receive.messages {
                drafts.add(
                    channel,
                    Direction::Inbound,
                    spec,
                    message(spec, &mut inbound, true)?,
                )?;
            }
            for spec in &receive.replies {
                drafts.add(
                    channel,
                    Direction::Outbound,
                    spec,
                    message(spec, &mut outbound, true)?,
                )?;
            }
        }
        for spec in channel.pushes.iter().flat_map(|push| &push.messages) {
            let carries_ref = replied.contains(spec.tag);
            drafts.add(
                channel,
                Direction::Outbound,
                spec,
                message(spec, &mut outbound, carries_ref)?,
            )?;
        }
        for (tag, message) in system::messages(app, channel) {
            if drafts
                .0
                .insert((Direction::Outbound, tag.to_owned()), message)
                .is_some()
            {
                let specs = build::sent(channel);
                let name = specs
                    .filter(|spec| spec.tag == tag)
                    .map(|spec| spec.name.to_owned())
                    .next();
                return Err(DocumentError::ReservedTag {
                    consumer: consumer.to_owned(),
                    name: name.unwrap_or_default(),
                    tag: tag.to_owned(),
                });
            }
        }
        Ok(drafts)
    }

    fn add(
        &mut self,
        channel: &ChannelSpec,
        direction: Direction,
        spec: &MessageSpec,
        message: Message,
    ) -> Result<(), DocumentError> {
        let key = (direction, spec.tag.to_owned());
        let Some(known) = self.0.get(&key) else {
            self.0.insert(key, message);
            return Ok(());
        };
        if same_frame(known, &message) {
            return Ok(());
        }
        let all: Vec<&MessageSpec> = match direction {
            Direction::Inbound => build::received(channel).collect(),
            Direction::Outbound => build::sent(channel).collect(),
        };
        let first = all.iter().find(|other| other.tag == spec.tag);
        Err(DocumentError::Tag {
            consumer: channel.consumer.to_owned(),
            tag: spec.tag.to_owned(),
            first: first.map(|first| first.name.to_owned()).unwrap_or_default(),
            second: spec.name.to_owned(),
            reader: match direction {
                Direction::Inbound => "server",
                Direction::Outbound => "client",
            },
        })
    }

    /// The payloads of one direction.
    pub(crate) fn payloads(
        &self,
        direction: Direction,
    ) -> impl Iterator<Item = &serde_json::Value> {
        let wanted = self.0.iter().filter(move |((way, _), _)| *way == direction);
        wanted.filter_map(|(_, message)| message.payload.as_ref().map(|payload| &payload.0))
    }

    /// Points the payloads to the merged components, and gives every message its key in the channel.
    pub(crate) fn finish(mut self, merged: &Merged) -> Messages {
        for ((direction, _), message) in &mut self.0 {
            if let (Direction::Inbound, Some(payload)) = (direction, &mut message.payload) {
                merged.point_inbound(&mut payload.0);
            }
        }
        let mut keys = Keys::default();
        let mut messages = Messages::default();
        let is = |way| move |id: &&(Direction, String)| id.0 == way;
        // What is sent has the first choice, so that a key does not change when a message is received as well.
        for id in self.0.keys().filter(is(Direction::Outbound)) {
            messages
                .keys
                .insert(id.clone(), keys.take(&names::lower_camel(&id.1)));
        }
        let received: Vec<_> = self
            .0
            .keys()
            .filter(is(Direction::Inbound))
            .cloned()
            .collect();
        for id in received {
            let mut wish = names::lower_camel(&id.1);
            if let Some(sent) = self.0.get(&(Direction::Outbound, id.1.clone())).cloned() {
                if self.0.get(&id) == Some(&sent) {
                    let key = messages.key(Direction::Outbound, &id.1).to_owned();
                    messages.keys.insert(id, key);
                    continue;
                }
                wish.push_str("Input");
                if let Some(message) = self.0.get_mut(&id) {
                    retitle(message);
                    set_apart(message, &sent);
                }
            }
            messages.keys.insert(id, keys.take(&wish));
        }
        // Listed in the order of the code.
        for (id, message) in self.0 {
            if let Some(key) = messages.keys.get(&id) {
                messages.by_key.entry(key.clone()).or_insert(message);
            }
        }
        messages
    }
}

/// Says of a frame that is received that it is not the one of the same tag that is sent, where that has all of its
/// members and more: whoever looks at a frame alone could not tell one from the other.
fn set_apart(received: &mut Message, sent: &Message) {
    let required = |message: &Message| -> BTreeSet<String> {
        let payload = message.payload.as_ref();
        let names = payload.and_then(|payload| payload.0.get("required")?.as_array());
        let names = names.into_iter().flatten();
        names
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect()
    };
    let (own, others) = (required(received), required(sent));
    let Some(Value::Object(schema)) = received.payload.as_mut().map(|payload| &mut payload.0)
    else {
        return;
    };
    let known = |name: &String| {
        let properties = schema.get("properties");
        properties.is_some_and(|properties| properties.get(name).is_some())
    };
    let more: Vec<_> = others.iter().filter(|name| !known(name)).collect();
    if own.is_subset(&others) && !more.is_empty() && !schema.contains_key("not") {
        let more = json!({ "required": more });
        schema.insert("not".to_owned(), more);
    }
}

/// The messages of a channel under their keys.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) by_key: IndexMap<String, Message>,
    keys: IndexMap<(Direction, String), String>,
}

impl Messages {
    /// The key of the message that goes this way with this tag.
    pub(crate) fn key(&self, direction: Direction, tag: &str) -> &str {
        self.keys
            .get(&(direction, tag.to_owned()))
            .map(String::as_str)
            .unwrap_or_default()
    }
}

fn message(
    spec: &MessageSpec,
    frames: &mut Frames<'_>,
    carries_ref: bool,
) -> Result<Message, DocumentError> {
    let payload = frames.frame(spec, carries_ref)?;
    Ok(Message {
        name: Some(spec.tag.to_owned()),
        title: Some(names::title(spec.name)),
        summary: spec.summary.map(str::to_owned),
        description: spec.description.map(str::to_owned),
        correlation_id: carries_ref.then(correlation_id),
        examples: examples(spec, &payload, frames)?,
        payload: Some(Json(payload)),
        ..Message::default()
    })
}

/// What was given; a message that needs nothing but its tag is its own example.
fn examples(
    spec: &MessageSpec,
    payload: &Value,
    frames: &Frames<'_>,
) -> Result<Vec<MessageExample>, DocumentError> {
    let key = frames.form.tag_key();
    let given = (spec.examples)(spec.tag);
    if given.is_empty() && asks_for_nothing_but(key, payload) {
        return Ok(vec![example(None, json!({ key: spec.tag }))]);
    }
    let made = given.into_iter().map(|given| match given.frame {
        Ok(frame) => Ok(example(given.summary, frame)),
        Err(reason) => Err(DocumentError::Example {
            consumer: frames.consumer.to_owned(),
            tag: spec.tag.to_owned(),
            reason,
        }),
    });
    made.collect()
}

/// Whether a frame with this key alone fits the schema, as far as can be seen.
fn asks_for_nothing_but(key: &str, payload: &Value) -> bool {
    const HARMLESS: [&str; 7] = [
        "additionalProperties",
        "deprecated",
        "description",
        "properties",
        "required",
        "title",
        "type",
    ];
    let harmless = |keyword: &String| HARMLESS.contains(&keyword.as_str());
    payload["required"] == json!([key])
        && payload
            .as_object()
            .is_some_and(|schema| schema.keys().all(harmless))
}

pub(crate) fn example(summary: Option<&str>, frame: Value) -> MessageExample {
    MessageExample {
        summary: summary.map(str::to_owned),
        payload: Some(Json(frame)),
        ..MessageExample::default()
    }
}

/// The reference that a message with a `ref` has.
pub(crate) fn correlation_id<T>() -> RefOr<T> {
    RefOr::Ref(Reference::to([
        "components",
        "correlationIds",
        CORRELATION_KEY,
    ]))
}

/// Tells the frame that is received from the one of the same tag that is sent.
fn retitle(message: &mut Message) {
    let payload = message
        .payload
        .as_mut()
        .and_then(|payload| payload.0.as_object_mut());
    if let Some(serde_json::Value::String(title)) =
        payload.and_then(|schema| schema.get_mut("title"))
    {
        *title = format!("{}InputFrame", title.strip_suffix("Frame").unwrap_or(title));
    }
}

/// Whether two messages of one tag are the same on the wire, whatever they are called and documented.
fn same_frame(one: &Message, other: &Message) -> bool {
    let bare = |message: &Message| {
        let mut payload = message.payload.clone().unwrap_or_default().0;
        if let Some(schema) = payload.as_object_mut() {
            schema.retain(|keyword, _| {
                !matches!(keyword.as_str(), "title" | "description" | "deprecated")
            });
        }
        // The optional `ref` depends on the tag alone, once all uses are known, so it never differs here.
        payload
    };
    bare(one) == bare(other)
}
