//! Which fields of a frame do not fit its message, or break its rules.

use std::{
    any::TypeId,
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use schemars::generate::SchemaSettings;
use serde::de::{
    Deserializer,
    value::{MapAccessDeserializer, MapDeserializer},
};
use serde_json::{Value, value::RawValue};

use super::{
    Body, Entries, FieldError, place,
    words::{message_of, shorten},
};
use crate::message::{Form, MOST_ERRORS, Message, Shape};

type Entry<'de> = (Cow<'de, str>, &'de RawValue);

/// Every field of `body` that does not fit `M`, with its path. If all fit: what breaks a rule of `M`.
pub fn fields<M: Message>(body: &Body<'_>) -> Vec<FieldError> {
    let read = match (M::SHAPE, body.form) {
        (Shape::Unit, _) => return Vec::new(),
        (Shape::Enum, _) => tagged::<M>(body).map_err(|error| vec![error]),
        (Shape::Struct, Form::Flat) => {
            whole::<M, _>(pairs(&body.rest)).map_err(|error| each::<M>(&body.rest, error))
        }
        (Shape::Struct, Form::Adjacent) => {
            let payload = body.payload();
            whole::<M, _>(&mut serde_json::Deserializer::from_str(payload)).map_err(|error| {
                match serde_json::from_str::<Entries<'_>>(payload) {
                    Ok(Entries(entries)) => each::<M>(&entries, error),
                    Err(_) => vec![error],
                }
            })
        }
    };
    read.map_or_else(|errors| errors, |message| broken_rules(&message, body))
}

impl Body<'_> {
    fn payload(&self) -> &str {
        let payload = self.rest.iter().find(|(key, _)| key == "payload");
        payload.map_or("null", |(_, raw)| raw.get())
    }

    /// All that the message is read from but its tag.
    fn to_value(&self) -> Value {
        let parse = |text: &str| serde_json::from_str(text).unwrap_or_default();
        match self.form {
            Form::Adjacent => parse(self.payload()),
            Form::Flat => {
                let rest = self.rest.iter();
                rest.map(|(key, raw)| (key.clone().into_owned(), parse(raw.get())))
                    .collect()
            }
        }
    }
}

fn broken_rules<M: Message>(message: &M, body: &Body<'_>) -> Vec<FieldError> {
    let violations = M::violations(message);
    if violations.is_empty() {
        return Vec::new();
    }
    let received = body.to_value();
    let told = violations.into_iter().take(MOST_ERRORS);
    told.map(|violation| FieldError {
        path: shorten(&place::on_the_wire(&violation.path, &received)).into_owned(),
        message: shorten(&violation.message).into_owned(),
    })
    .collect()
}

/// Tries each field in a message of its own, as serde stops at the first that does not fit: `first`.
fn each<M: Message>(entries: &[Entry<'_>], first: FieldError) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if M::FIELD_BY_FIELD {
        for entry in entries {
            if errors.len() >= MOST_ERRORS {
                return errors;
            }
            // With one field alone the others are missing, which is an error without a path.
            let alone = whole::<M, _>(pairs(std::slice::from_ref(entry)));
            errors.extend(alone.err().filter(|error| !error.path.is_empty()));
        }
        for name in &*required::<M>() {
            if !entries.iter().any(|(key, _)| key == name) {
                errors.push(FieldError {
                    path: name.clone(),
                    message: "missing field".to_owned(),
                });
            }
        }
    }
    if errors.is_empty() {
        errors.push(first);
    }
    errors
}

/// The variant of a serde-tagged enum; serde itself says what is wrong first.
fn tagged<M: Message>(body: &Body<'_>) -> Result<M, FieldError> {
    let tag = serde_json::value::to_raw_value(body.tag).map_err(|error| FieldError {
        path: String::new(),
        message: message_of(&error),
    })?;
    let mut entries = vec![(Cow::Borrowed(body.form.tag_key()), &*tag)];
    entries.extend(body.rest.iter().cloned());
    whole::<M, _>(pairs(&entries)).map_err(|mut error| {
        if let Some(path) = error.path.strip_prefix("payload") {
            error.path = path.trim_start_matches('.').to_owned();
        }
        error
    })
}

fn pairs<'e, 'de: 'e>(
    entries: &'e [Entry<'de>],
) -> MapAccessDeserializer<
    MapDeserializer<'de, impl Iterator<Item = (&'e str, &'de RawValue)>, serde_json::Error>,
> {
    let pairs = entries.iter().map(|(key, raw)| (&**key, *raw));
    MapAccessDeserializer::new(MapDeserializer::new(pairs))
}

/// The message, or what serde says first, with its deepest path.
fn whole<'de, M, D>(deserializer: D) -> Result<M, FieldError>
where
    M: Message,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        FieldError {
            path,
            message: message_of(error.inner()),
        }
    })
}

/// The fields that a message must have, from its schema, which follows every serde attribute.
///
/// Kept for each message, as a schema takes a hundred times as long as a frame.
fn required<M: Message>() -> Arc<[String]> {
    static KEPT: RwLock<BTreeMap<TypeId, Arc<[String]>>> = RwLock::new(BTreeMap::new());

    let message = TypeId::of::<M>();
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(names) = kept.get(&message) {
        return Arc::clone(names);
    }
    drop(kept);
    let mut generator = SchemaSettings::draft07().for_deserialize().into_generator();
    let schema = generator.root_schema_for::<M>();
    let required = schema.get("required").and_then(Value::as_array);
    let names = required.into_iter().flatten();
    let names: Arc<[String]> = names
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(kept.entry(message).or_insert(names))
}
