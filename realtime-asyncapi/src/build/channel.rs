//! Channels: address, parameters, bindings.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::messages::Messages;
use super::tables;
use crate::model::{Channel, ChannelBindings, Json, Parameter, RefOr, Reference, WebSocketBinding};
use crate::names::{self, Keys};
use crate::schemas::{Direction, Schemas};
use crate::spec::{AppSpec, ChannelSpec, SchemaFn};
use crate::{DocumentError, address};

/// The key of each channel: the consumer's name; a further path of the same consumer has the path's words behind it.
pub(crate) fn keys(channels: &[ChannelSpec]) -> Vec<String> {
    let mut keys = Keys::default();
    let key = |(index, channel): (usize, &ChannelSpec)| {
        let again = channels[..index]
            .iter()
            .any(|earlier| earlier.consumer == channel.consumer);
        let mut wish = names::lower_camel(channel.consumer);
        if again {
            wish.push_str(&names::upper_camel(&channel.address));
        }
        keys.take(&wish)
    };
    channels.iter().enumerate().map(key).collect()
}

/// The channel object. `components` holds the key of each of its messages under `components.messages`.
pub(crate) fn channel(
    app: &AppSpec,
    spec: &ChannelSpec,
    messages: &Messages,
    components: &IndexMap<String, String>,
) -> Result<Channel, DocumentError> {
    let reference = |key: &String| {
        let component = components.get(key).unwrap_or(key);
        (
            key.clone(),
            RefOr::Ref(Reference::to(["components", "messages", component])),
        )
    };
    Ok(Channel {
        address: Some(address::normalised(&spec.address)),
        title: Some(names::title(spec.consumer)),
        summary: spec.summary.map(str::to_owned),
        description: Some(tables::description(spec.description, app)),
        messages: messages.by_key.keys().map(reference).collect(),
        parameters: parameters(spec)?,
        bindings: Some(RefOr::Item(ChannelBindings {
            ws: Some(binding(spec)?),
            ..ChannelBindings::default()
        })),
        websocket: Some(tables::extension(spec.form, app)),
        ..Channel::default()
    })
}

fn binding(spec: &ChannelSpec) -> Result<WebSocketBinding, DocumentError> {
    let query = spec
        .query
        .map(|query| object(query, spec, "query"))
        .transpose()?;
    Ok(WebSocketBinding {
        method: Some("GET".to_owned()),
        query: query.map(|query| Json(Value::Object(query))),
        binding_version: Some("0.1.0".to_owned()),
        ..WebSocketBinding::default()
    })
}

fn parameters(spec: &ChannelSpec) -> Result<IndexMap<String, RefOr<Parameter>>, DocumentError> {
    let in_address = address::parameters(&spec.address);
    let Some(path) = spec.path else {
        // A consumer that looks at no parameter may still be mounted at a path that has some.
        let bare = |name: String| (name, RefOr::Item(Parameter::default()));
        return Ok(in_address.into_iter().map(bare).collect());
    };
    let path = object(path, spec, "path")?;
    let disagree = |parameter: &str| DocumentError::PathParameter {
        consumer: spec.consumer.to_owned(),
        address: spec.address.clone(),
        parameter: parameter.to_owned(),
    };
    let required = path.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !in_address.iter().any(|parameter| parameter == name) {
            return Err(disagree(name));
        }
    }
    let properties = path.get("properties");
    let with_schema = |name: String| {
        let schema = properties
            .and_then(|all| all.get(&name))
            .ok_or_else(|| disagree(&name))?;
        Ok((name, RefOr::Item(parameter(schema))))
    };
    in_address.into_iter().map(with_schema).collect()
}

fn parameter(schema: &Value) -> Parameter {
    let mut schema = schema.clone();
    let mut take = |keyword: &str| {
        schema
            .as_object_mut()
            .and_then(|object| object.remove(keyword))
    };
    let strings = |value: Option<Value>| match value {
        Some(Value::Array(values)) => values.into_iter().filter_map(text).collect(),
        _ => Vec::new(),
    };
    let description = take("description").and_then(text);
    let default = take("default").and_then(text);
    let examples = strings(take("examples"));
    Parameter {
        values: strings(schema.get("enum").cloned()),
        default,
        description,
        examples,
        schema: Some(Json(schema)),
        ..Parameter::default()
    }
}

/// A scalar as it stands in a path.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The schema of a struct of parameters, with nothing left to refer to: they are scalars, and no component is worth it.
fn object(
    schema: SchemaFn,
    spec: &ChannelSpec,
    part: &'static str,
) -> Result<Map<String, Value>, DocumentError> {
    let mut schemas = Schemas::new(Direction::Inbound, [schema]);
    let schema = schemas.schema(schema);
    match schemas.inlined(&schema) {
        // AsyncAPI WebSockets bindings 0.1.0 wants both `type` and `properties`.
        Value::Object(object) if object.get("properties").is_some_and(Value::is_object) => {
            Ok(object)
        }
        _ => Err(DocumentError::NotAnObject {
            consumer: spec.consumer.to_owned(),
            part,
        }),
    }
}
