//! What is wrong with a frame that could not be read: the slow and thorough road.

mod fields;
mod place;
mod words;

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    ErrorCode, ErrorFrame, FieldError, Ref,
    decode::{CowStr, Handler},
};
use crate::{
    consumer::Incoming,
    message::{Form, TagKey},
};

pub use fields::fields;
use words::{message_of, shorten};

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
