//! From an [`AppSpec`] to a [`Document`].

mod channel;
mod messages;
mod operation;
mod security;
mod system;
mod tables;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use self::messages::{CORRELATION_KEY, Drafts, Messages};
use self::operation::{Of, Operations};
use self::security::Security;
use crate::model::{
    Components, CorrelationId, Document, Extensions, Info, Message, RefOr, Server, Tag,
};
use crate::names::{self, Keys};
use crate::schemas::clash::{self, Use};
use crate::schemas::frame::REF_KEY;
use crate::schemas::merge::{Merged, Needed};
use crate::schemas::{Direction, Schemas};
use crate::spec::{AppSpec, BodySpec, ChannelSpec, MessageSpec};
use crate::{DocumentError, check};

/// Makes the document of an application.
///
/// # Errors
///
/// Returns the first [`DocumentError`]: types of one schema name, messages of one tag, fields or tags that belong to
/// the framework, path parameters that the address does not have, and what [`check()`](crate::check()) finds.
pub fn document(app: &AppSpec) -> Result<Document, DocumentError> {
    let app = &in_order(app);
    let uses = uses(app);
    // Both go through all types, so that a name stands for the same type in either.
    let mut inbound = Schemas::new(Direction::Inbound, uses.iter().map(|used| used.schema));
    let mut outbound = Schemas::new(Direction::Outbound, uses.iter().map(|used| used.schema));
    let drafts = app
        .channels
        .iter()
        .map(|channel| Drafts::new(app, channel, &mut inbound, &mut outbound))
        .collect::<Result<Vec<_>, _>>()?;
    let roots = |direction| {
        drafts
            .iter()
            .flat_map(move |drafts| drafts.payloads(direction))
    };
    let inbound = Needed::new(&inbound, roots(Direction::Inbound));
    let outbound = Needed::new(&outbound, roots(Direction::Outbound));
    clash::refuse(Direction::Inbound, &uses, &inbound.names)?;
    clash::refuse(Direction::Outbound, &uses, &outbound.names)?;
    let merged = Merged::new(&inbound, &outbound)?;

    let keys = channel::keys(&app.channels);
    let messages: Vec<Messages> = drafts
        .into_iter()
        .map(|drafts| drafts.finish(&merged))
        .collect();
    let message_keys = message_keys(&keys, &messages);
    let security = Security::new(app);
    let mut channels = IndexMap::new();
    let mut operations = Operations {
        prefixed: app.channels.len() > 1,
        ..Operations::default()
    };
    let mut components = Components {
        schemas: merged.components,
        security_schemes: security.components(),
        ..Components::default()
    };
    for (((spec, key), messages), component_keys) in app
        .channels
        .iter()
        .zip(&keys)
        .zip(&messages)
        .zip(&message_keys)
    {
        let channel = channel::channel(app, spec, messages, component_keys)?;
        channels.insert(key.clone(), RefOr::Item(channel));
        let of = Of {
            key,
            spec,
            messages,
            security: &security.of_operations(&spec.security),
        };
        operations.add_channel(of)?;
        for (local, message) in &messages.by_key {
            let component = component_keys.get(local).unwrap_or(local);
            components
                .messages
                .insert(component.clone(), RefOr::Item(message.clone()));
        }
        // Every channel has an error frame, and that has a `ref`.
        components.correlation_ids = correlation_ids();
    }
    let document = Document {
        asyncapi: "3.0.0".to_owned(),
        id: app.id.clone(),
        info: Info {
            title: app.title.clone(),
            version: app.version.clone(),
            description: app.description.clone(),
            contact: app.contact.clone(),
            license: app.license.clone(),
            tags: app.tags.iter().map(described).collect(),
            extensions: Extensions::new(),
        },
        default_content_type: Some("application/json".to_owned()),
        servers: servers(app, &security)?,
        channels,
        operations: operations.by_key,
        components,
        extensions: Extensions::new(),
    };
    let findings = check(&document);
    if findings.is_empty() {
        Ok(document)
    } else {
        Err(DocumentError::Findings { findings })
    }
}

/// With its channels by address: keys depend on who comes first, and that must not be who was mounted first.
fn in_order(app: &AppSpec) -> AppSpec {
    let mut app = app.clone();
    app.channels
        .sort_by(|one, other| one.address.cmp(&other.address));
    app
}

fn described((name, description): &(String, String)) -> RefOr<Tag> {
    RefOr::Item(Tag {
        name: name.clone(),
        description: Some(description.clone()),
        ..Tag::default()
    })
}

/// Everything a channel receives.
fn received(channel: &ChannelSpec) -> impl Iterator<Item = &MessageSpec> {
    channel
        .receives
        .iter()
        .flat_map(|receive| &receive.messages)
}

/// Everything a channel sends: replies, then pushes.
fn sent(channel: &ChannelSpec) -> impl Iterator<Item = &MessageSpec> {
    let replies = channel.receives.iter().flat_map(|receive| &receive.replies);
    replies.chain(channel.pushes.iter().flat_map(|push| &push.messages))
}

/// Every type that messages carry, in the order of the code. Parameters are apart: they need no components.
fn uses(app: &AppSpec) -> Vec<Use> {
    let of_channel = |channel| {
        received(channel)
            .chain(sent(channel))
            .map(move |message| (channel, message))
    };
    let used = |(channel, message): (&ChannelSpec, &MessageSpec)| match message.body {
        BodySpec::Empty => None,
        BodySpec::Payload(schema) | BodySpec::Variant(schema) => {
            let place = format!(
                "message `{}` of consumer `{}`",
                message.tag, channel.consumer
            );
            Some(Use { place, schema })
        }
    };
    app.channels
        .iter()
        .flat_map(of_channel)
        .filter_map(used)
        .collect()
}

/// For each channel, the key under `components.messages` of each of its messages: the same as in the channel, unless
/// channels have different messages of that key; then each has the key of the first channel that has it in front.
fn message_keys(channels: &[String], messages: &[Messages]) -> Vec<IndexMap<String, String>> {
    let mut wanted: IndexMap<&String, Vec<(&String, &Message)>> = IndexMap::new();
    for (channel, messages) in channels.iter().zip(messages) {
        for (key, message) in &messages.by_key {
            let different = wanted.entry(key).or_default();
            if different.iter().all(|(_, known)| *known != message) {
                different.push((channel, message));
            }
        }
    }
    let mut keys = Keys::default();
    // Keys that stay as they are come first, so that none of them gets a number because of another's prefix.
    let mut given: Vec<(&String, &Message, String)> = Vec::new();
    for (key, different) in wanted.iter().filter(|(_, different)| different.len() == 1) {
        given.extend(
            different
                .iter()
                .map(|(_, message)| (*key, *message, keys.take(key))),
        );
    }
    for (key, different) in wanted.iter().filter(|(_, different)| different.len() > 1) {
        let mut with_prefix =
            |channel: &str| keys.take(&(channel.to_owned() + &names::upper_camel(key)));
        given.extend(
            different
                .iter()
                .map(|(channel, message)| (*key, *message, with_prefix(channel))),
        );
    }
    let key_of = |(key, message): (&String, &Message)| {
        let found = given
            .iter()
            .find(|(of, known, _)| *of == key && *known == message);
        (
            key.clone(),
            found.map_or_else(|| key.clone(), |(.., component)| component.clone()),
        )
    };
    messages
        .iter()
        .map(|messages| messages.by_key.iter().map(key_of).collect())
        .collect()
}

fn correlation_ids() -> BTreeMap<String, RefOr<CorrelationId>> {
    let correlation_id = CorrelationId {
        description: Some(
            "Chosen by the client, and carried by every frame that answers.".to_owned(),
        ),
        location: format!("$message.payload#/{REF_KEY}"),
        extensions: Extensions::new(),
    };
    BTreeMap::from([(CORRELATION_KEY.to_owned(), RefOr::Item(correlation_id))])
}

fn servers(
    app: &AppSpec,
    security: &Security<'_>,
) -> Result<IndexMap<String, RefOr<Server>>, DocumentError> {
    let mut servers = IndexMap::new();
    for spec in &app.servers {
        let server = Server {
            host: spec.host.clone(),
            protocol: spec.protocol.to_owned(),
            // The only version there is (RFC 6455 § 4.1).
            protocol_version: Some("13".to_owned()),
            description: spec.description.clone(),
            security: security.of_servers(app),
            ..Server::default()
        };
        if servers
            .insert(spec.name.clone(), RefOr::Item(server))
            .is_some()
        {
            return Err(DocumentError::DuplicateKey {
                kind: "servers",
                key: spec.name.clone(),
            });
        }
    }
    Ok(servers)
}
