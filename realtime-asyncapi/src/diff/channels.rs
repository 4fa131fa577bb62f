//! Servers and channels.

use super::contract::{ChannelView, Contract};
use super::docs;
use super::found::Found;
use super::operations;
use super::schema::{self, Subject};
use super::security;
use super::verdict::{Breaks, Flow};
use super::websocket;
use crate::address;
use crate::model::{Parameter, WebSocketBinding, escaped};

/// Where the application runs.
pub(super) fn servers(old: &Contract<'_>, new: &Contract<'_>, found: &mut Found) {
    let (old, new) = (old.servers(), new.servers());
    for (key, server) in &old {
        let pointer = format!("/servers/{}", escaped(key));
        let Some(now) = new.get(key) else {
            let sentence = format!("the server `{key}` at `{}` is gone", server.host);
            found.wire("server-removed", &pointer, Breaks::Clients, sentence);
            continue;
        };
        let url = |server: &crate::model::Server| {
            let path = server.pathname.as_deref().unwrap_or_default();
            format!("{}://{}{path}", server.protocol, server.host)
        };
        let (was, is) = (url(server), url(now));
        if was != is {
            let sentence = format!("the server `{key}` is at `{is}` now, was at `{was}`");
            found.wire("server-moved", &pointer, Breaks::Clients, sentence);
        }
        let subject = format!("the server `{key}`");
        let prose = (&server.description, &now.description);
        docs::prose(&pointer, &subject, prose, found);
        let extensions = (&server.extensions, &now.extensions);
        docs::extensions(&pointer, &subject, extensions, found);
    }
    for (key, server) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        let pointer = format!("/servers/{}", escaped(key));
        let sentence = format!("the server `{key}` at `{}` is new", server.host);
        found.wire("server-added", &pointer, Breaks::Nobody, sentence);
    }
}

/// Channels are the same where their keys are, or else their addresses.
pub(super) fn channels(old: &Contract<'_>, new: &Contract<'_>, found: &mut Found) {
    let old_views = old.channels();
    let mut new_views = new.channels();
    let mut gone = Vec::new();
    let mut pairs = Vec::new();
    for view in old_views {
        match new_views.iter().position(|now| now.key == view.key) {
            Some(at) => pairs.push((view, new_views.remove(at))),
            None => gone.push(view),
        }
    }
    for view in gone {
        let shape = shape(&view);
        match new_views.iter().position(|now| self::shape(now) == shape) {
            Some(at) => pairs.push((view, new_views.remove(at))),
            None => {
                let sentence = format!("the channel `{}`{} is gone", view.key, at(&view));
                found.wire("channel-removed", &view.pointer, Breaks::Clients, sentence);
            }
        }
    }
    for (was, is) in &pairs {
        channel((old, was), (new, is), found);
    }
    for view in &new_views {
        let sentence = format!("the channel `{}`{} is new", view.key, at(view));
        found.wire("channel-added", &view.pointer, Breaks::Servers, sentence);
    }
}

fn at(view: &ChannelView<'_>) -> String {
    let address = view.channel.address.as_deref();
    address.map_or_else(String::new, |address| format!(" at `{address}`"))
}

/// The address with nameless parameters: their names stand in the document alone.
fn shape(view: &ChannelView<'_>) -> String {
    let address = view.channel.address.as_deref().unwrap_or_default();
    let mut shape = address.to_owned();
    for name in address::parameters(address) {
        shape = shape.replace(&format!("{{{name}}}"), "{}");
    }
    shape
}

fn channel(
    (old_contract, old): (&Contract<'_>, &ChannelView<'_>),
    (new_contract, new): (&Contract<'_>, &ChannelView<'_>),
    found: &mut Found,
) {
    let pointer = &new.pointer;
    let subject = format!("the channel `{}`", new.key);
    if old.key != new.key {
        let sentence = format!("the channel `{}` is called `{}` now", old.key, new.key);
        found.docs(pointer, sentence);
    }
    let address = format!("{pointer}/address");
    if shape(old) != shape(new) {
        let sentence = format!(
            "{subject} is at {} now, was at {}",
            docs::quoted(new.channel.address.as_deref()),
            docs::quoted(old.channel.address.as_deref())
        );
        found.wire("address", &address, Breaks::Both, sentence);
    } else if old.channel.address != new.channel.address {
        let sentence = format!("parameters of the address of {subject} have other names");
        found.docs(&address, sentence);
    }
    let sides = (old_contract, new_contract);
    parameters(sides, old, new, found);
    binding(sides, old, new, found);
    security::compare(old, new, found);
    operations::compare((old_contract, old), (new_contract, new), found);
    websocket::compare(old, new, found);
    let prose = |view: &ChannelView<'_>| {
        let channel = &view.channel;
        (
            channel.title.clone(),
            channel.summary.clone(),
            channel.description.clone(),
        )
    };
    docs::prose(pointer, &subject, (prose(old), prose(new)), found);
    let extensions = (&old.channel.extensions, &new.channel.extensions);
    docs::extensions(pointer, &subject, extensions, found);
}

/// Parameters are told by their place in the address.
fn parameters(
    (old_contract, new_contract): (&Contract<'_>, &Contract<'_>),
    old: &ChannelView<'_>,
    new: &ChannelView<'_>,
    found: &mut Found,
) {
    if shape(old) != shape(new) {
        return;
    }
    let names = |view: &ChannelView<'_>| {
        address::parameters(view.channel.address.as_deref().unwrap_or_default())
    };
    for (was, is) in names(old).iter().zip(names(new)) {
        let parameter = |contract: &Contract<'_>, view: &ChannelView<'_>, name: &str| {
            let item = view.channel.parameters.get(name)?;
            contract
                .resolver
                .resolve(item)
                .ok()
                .map(|item| item.into_owned())
        };
        let old_one = parameter(old_contract, old, was).unwrap_or_default();
        let new_one = parameter(new_contract, new, &is).unwrap_or_default();
        let pointer = format!("{}/parameters/{}", new.pointer, escaped(&is));
        let subject = format!("the parameter `{is}` of the channel `{}`", new.key);
        let prose = |parameter: &Parameter| {
            (
                parameter.description.clone(),
                parameter.examples.clone(),
                parameter.default.clone(),
            )
        };
        docs::prose(
            &pointer,
            &subject,
            (prose(&old_one), prose(&new_one)),
            found,
        );
        let schemas = (parameter_schema(&old_one), parameter_schema(&new_one));
        let places = (
            format!("{}/parameters/{}", old.pointer, escaped(was)),
            pointer,
        );
        schema::compare(
            (&old_contract.resolver, &places.0, &schemas.0),
            (&new_contract.resolver, &places.1, &schemas.1),
            &Subject::new(subject),
            Flow::ClientToServer,
            found,
        );
    }
}

/// The specification has strings alone; ours says more.
fn parameter_schema(parameter: &Parameter) -> serde_json::Value {
    match &parameter.schema {
        Some(schema) => schema.0.clone(),
        None if parameter.values.is_empty() => serde_json::json!({"type": "string"}),
        None => serde_json::json!({"type": "string", "enum": parameter.values}),
    }
}

/// What the handshake takes.
fn binding(
    (old_contract, new_contract): (&Contract<'_>, &Contract<'_>),
    old: &ChannelView<'_>,
    new: &ChannelView<'_>,
    found: &mut Found,
) {
    let ws = |contract: &Contract<'_>, view: &ChannelView<'_>| -> WebSocketBinding {
        let bindings = view.channel.bindings.as_ref();
        let bindings = bindings.and_then(|item| contract.resolver.resolve(item).ok());
        bindings
            .and_then(|bindings| bindings.ws.clone())
            .unwrap_or_default()
    };
    let (was, is) = (ws(old_contract, old), ws(new_contract, new));
    let place = |view: &ChannelView<'_>| format!("{}/bindings/ws", view.pointer);
    let method = |binding: &WebSocketBinding| binding.method.clone().unwrap_or("GET".to_owned());
    if method(&was) != method(&is) {
        let sentence = format!(
            "the handshake of the channel `{}` is a `{}` now, was a `{}`",
            new.key,
            method(&is),
            method(&was)
        );
        found.wire(
            "method",
            &format!("{}/method", place(new)),
            Breaks::Both,
            sentence,
        );
    }
    for (part, called, old_schema, new_schema) in [
        ("query", "query", &was.query, &is.query),
        ("headers", "header", &was.headers, &is.headers),
    ] {
        // Where nothing is said, anything may be sent and nothing need be.
        let open = serde_json::json!({"type": "object"});
        let schema = |schema: &Option<crate::model::Json>| {
            schema
                .as_ref()
                .map_or_else(|| open.clone(), |schema| schema.0.clone())
        };
        schema::compare(
            (
                &old_contract.resolver,
                &format!("{}/{part}", place(old)),
                &schema(old_schema),
            ),
            (
                &new_contract.resolver,
                &format!("{}/{part}", place(new)),
                &schema(new_schema),
            ),
            &Subject::new(format!("the {called} of the channel `{}`", new.key)),
            Flow::ClientToServer,
            found,
        );
    }
}
