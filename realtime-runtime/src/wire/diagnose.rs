//! What is wrong with a frame that could not be read: the slow and thorough road.

use std::{borrow::Cow, fmt};

use schemars::generate::SchemaSettings;
use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor, value::MapDeserializer},
};
use serde_json::value::RawValue;

use super::{
    ErrorCode, ErrorFrame, FieldError, Ref,
    decode::{CowStr, Handler},
};
use crate::{
    consumer::Incoming,
    message::{Form, Message, Shape, TagKey},
};

/// A frame that was not understood, and what its sender is told.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: ErrorFrame,
    pub(crate) reference: Option<Ref>,
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self {
            error: code.into(),
            reference: None,
        }
    }
}

impl Refusal {
    /// A refusal that has nothing to do with what the frame says; its `ref` is found all the same.
    pub(crate) fn with_ref_of(code: ErrorCode, text: &str) -> Self {
        #[derive(Deserialize)]
        struct Envelope {
            r#ref: Option<Ref>,
        }
        let envelope = serde_json::from_str::<Envelope>(text).ok();
        Self {
            error: code.into(),
            reference: envelope.and_then(|envelope| envelope.r#ref),
        }
    }
}

/// The fields of a frame that a message is judged by.
#[derive(Debug)]
pub struct Body<'de> {
    tag: &'static str,
    form: Form,
    /// All keys of the frame but the tag and `ref`.
    rest: Vec<(Cow<'de, str>, &'de RawValue)>,
}

/// Says what is wrong with `text`, of which it is known that something is.
pub(super) fn diagnose<I: Incoming>(text: &str, found: &serde_json::Error) -> Refusal {
    let Ok(raw) = serde_json::from_str::<&RawValue>(text) else {
        return ErrorCode::MalformedJson.into();
    };
    if !raw.get().starts_with('{') {
        return ErrorCode::NotAnObject.into();
    }
    let form = <I::Tag as TagKey>::FORM;
    let mut rest = match serde_json::from_str::<Entries<'_>>(raw.get()) {
        Ok(Entries(entries)) => entries,
        Err(_) => return ErrorCode::MalformedJson.into(),
    };
    if let Some(key) = duplicate(&rest) {
        let mut refusal = Refusal::from(ErrorCode::MalformedJson);
        refusal.error.detail = format!("The key `{}` stands twice.", shorten(&key)).into();
        return refusal;
    }
    let mut take = |key: &str| {
        let index = rest.iter().position(|(found, _)| found == key)?;
        Some(rest.swap_remove(index).1)
    };
    let tag = take(form.tag_key());
    let reference = match take("ref").map(|raw| serde_json::from_str(raw.get())) {
        None => None,
        Some(Ok(reference)) => Some(reference),
        Some(Err(error)) => {
            let path = "ref".to_owned();
            return invalid(
                vec![FieldError {
                    path,
                    message: message_of(&error),
                }],
                None,
            );
        }
    };
    let refuse = |code: ErrorCode| Refusal {
        error: code.into(),
        reference: reference.clone(),
    };
    let Some(tag) = tag.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok()) else {
        return refuse(ErrorCode::MissingTag);
    };
    let Some(handler) = Handler::find::<I>(&tag) else {
        return refuse(ErrorCode::UnknownAction);
    };
    let mut fields = I::diagnose(
        handler.index,
        &Body {
            tag: handler.tag,
            form,
            rest,
        },
    );
    if fields.is_empty() {
        fields.push(FieldError {
            path: String::new(),
            message: message_of(found),
        });
    }
    invalid(fields, reference)
}

fn invalid(fields: Vec<FieldError>, reference: Option<Ref>) -> Refusal {
    let error = ErrorFrame {
        fields,
        ..ErrorCode::InvalidPayload.into()
    };
    Refusal { error, reference }
}

fn duplicate<'de>(entries: &[(Cow<'de, str>, &RawValue)]) -> Option<Cow<'de, str>> {
    let mut keys: Vec<_> = entries.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.windows(2)
        .find(|pair| pair[0] == pair[1])
        .map(|pair| pair[0].clone())
}

/// Every field of `body` that does not fit `M`, with its path.
pub fn fields<M: Message>(body: &Body<'_>) -> Vec<FieldError> {
    match (M::SHAPE, body.form) {
        (Shape::Unit, _) => Vec::new(),
        (Shape::Enum, _) => tagged::<M>(body),
        (Shape::Struct, Form::Flat) => object::<M>(&body.rest),
        (Shape::Struct, Form::Adjacent) => {
            let payload = body.rest.iter().find(|(key, _)| key == "payload");
            let payload = payload.map_or("null", |(_, raw)| raw.get());
            match serde_json::from_str::<Entries<'_>>(payload) {
                Ok(Entries(entries)) if M::FIELD_BY_FIELD => object::<M>(&entries),
                _ => first::<M, _>(&mut serde_json::Deserializer::from_str(payload)),
            }
        }
    }
}

/// So many bad fields are named at most: an answer must not be many times what was sent.
const MOST_FIELDS: usize = 32;

/// Tries each field in a message of its own, as serde stops at the first that does not fit.
fn object<M: Message>(entries: &[(Cow<'_, str>, &RawValue)]) -> Vec<FieldError> {
    let whole = || first::<M, _>(pairs(entries));
    if !M::FIELD_BY_FIELD {
        return whole();
    }
    let mut errors = Vec::new();
    for entry in entries {
        if errors.len() >= MOST_FIELDS {
            return errors;
        }
        // With one field alone the others are missing, which is an error without a path.
        let alone = first::<M, _>(pairs(std::slice::from_ref(entry)));
        errors.extend(alone.into_iter().filter(|error| !error.path.is_empty()));
    }
    for name in required::<M>() {
        if !entries.iter().any(|(key, _)| *key == name) {
            errors.push(FieldError {
                path: name,
                message: "missing field".to_owned(),
            });
        }
    }
    if errors.is_empty() { whole() } else { errors }
}

/// The variant of a serde-tagged enum; serde itself says what is wrong first.
fn tagged<M: Message>(body: &Body<'_>) -> Vec<FieldError> {
    let tag = serde_json::value::to_raw_value(body.tag);
    let Ok(tag) = tag else { return Vec::new() };
    let mut entries = vec![(Cow::Borrowed(body.form.tag_key()), &*tag)];
    entries.extend(body.rest.iter().cloned());
    let mut errors = first::<M, _>(pairs(&entries));
    for error in &mut errors {
        if let Some(path) = error.path.strip_prefix("payload") {
            error.path = path.trim_start_matches('.').to_owned();
        }
    }
    errors
}

fn pairs<'e, 'de: 'e>(
    entries: &'e [(Cow<'de, str>, &'de RawValue)],
) -> serde::de::value::MapAccessDeserializer<
    MapDeserializer<'de, impl Iterator<Item = (&'e str, &'de RawValue)>, serde_json::Error>,
> {
    let pairs = entries.iter().map(|(key, raw)| (&**key, *raw));
    serde::de::value::MapAccessDeserializer::new(MapDeserializer::new(pairs))
}

/// What serde says first, with its deepest path.
fn first<'de, M, D>(deserializer: D) -> Vec<FieldError>
where
    M: Message,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    match serde_path_to_error::deserialize::<_, M>(deserializer) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            vec![FieldError {
                path,
                message: message_of(error.inner()),
            }]
        }
    }
}

/// The fields that a message must have, from its schema, which follows every serde attribute.
fn required<M: Message>() -> Vec<String> {
    let mut generator = SchemaSettings::draft07().for_deserialize().into_generator();
    let schema = generator.root_schema_for::<M>();
    let required = schema.get("required").and_then(|names| names.as_array());
    required
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// serde's words without the position, which counts from another beginning than the client's.
fn message_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = &text[..text.rfind(" at line ").unwrap_or(text.len())];
    match text.rsplit_once("expected ") {
        Some((before, ty)) if plain(ty).is_some() => {
            let expected = plain(ty).unwrap_or(ty);
            format!("{}expected {expected}", shorten(before))
        }
        _ => shorten(text).into_owned(),
    }
}

/// What a client calls what Rust calls `u32`.
fn plain(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "u8" => "an integer from 0 to 255",
        "u16" => "an integer from 0 to 65535",
        "u32" => "an integer from 0 to 4294967295",
        "u64" | "u128" | "usize" => "an integer from 0",
        "i8" => "an integer from -128 to 127",
        "i16" => "an integer from -32768 to 32767",
        "i32" => "an integer from -2147483648 to 2147483647",
        "i64" | "i128" | "isize" => "an integer",
        "f32" | "f64" => "a number",
        _ => return None,
    })
}

/// Cuts what repeats a client's own value.
fn shorten(text: &str) -> Cow<'_, str> {
    const MOST: usize = 200;
    if text.len() <= MOST {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(MOST)]))
}

/// The entries of an object in their order, values unread, doubles kept.
struct Entries<'de>(Vec<(Cow<'de, str>, &'de RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key_seed(CowStr)? {
                    entries.push((key, map.next_value()?));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}
