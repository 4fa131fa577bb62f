//! The decoder beside serde's own tagged enums: what they take it must take, and read the same.
//!
//! The property tests run it with frames made by chance, the fuzzer with whatever it comes upon.

use std::{collections::HashSet, fmt};

use schemars::JsonSchema;
use serde::{
    Deserialize, Serialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::{Fields, decode};
use crate::{
    consumer::Incoming,
    message::{Action, Form, Message, Shape, TagKey, Type},
    wire::{
        Body, ErrorCode, FieldError, Ref, Refusal, diagnose::fields, encode, from_text, to_text,
    },
};
use realtime_asyncapi::spec::MessageSpec;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Say<const N: usize> {
    pub(super) text: String,
    pub(super) times: u32,
    #[serde(default)]
    pub(super) loud: bool,
    pub(super) note: Option<Note>,
    pub(super) any: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Note {
    pub(super) lines: Vec<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Ping<const N: usize>;

#[cfg(test)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Strict {
    only: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
pub(super) enum Adjacent {
    Left(Note),
    Stop,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Flat {
    Left(Note),
    Stop,
}

macro_rules! message {
    ($name:ty, $tag:ty, $shape:ident, $tags:expr, $head:literal) => {
        impl Message for $name {
            type Tag = $tag;
            const TAGS: &'static [&'static str] = &$tags;
            const SHAPE: Shape = Shape::$shape;
            const HEAD: &'static str = $head;
            fn describe() -> Vec<MessageSpec> {
                Vec::new()
            }
        }
    };
}

message!(
    Say<0>,
    Action,
    Struct,
    ["say"],
    r#"{"action":"say","payload":"#
);
message!(Say<1>, Type, Struct, ["say"], r#"{"type":"say""#);
message!(Ping<0>, Action, Unit, ["ping"], r#"{"action":"ping""#);
message!(Ping<1>, Type, Unit, ["ping"], r#"{"type":"ping""#);
#[cfg(test)]
message!(Strict, Type, Struct, ["strict"], r#"{"type":"strict""#);
message!(Adjacent, Action, Enum, ["left", "stop"], "");
message!(Flat, Type, Enum, ["left", "stop"], "");

/// What a consumer takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Taken<const N: usize, E> {
    Say(Say<N>),
    Ping,
    Enum(E),
}

impl<const N: usize, E: Message> Incoming for Taken<N, E>
where
    Say<N>: Message,
    Ping<N>: Message,
{
    type Tag = <Say<N> as Message>::Tag;
    const TAGS: &'static [&'static [&'static str]] = &[&["say"], &["ping"], E::TAGS];

    fn read<'de, A: MapAccess<'de>>(
        handler: usize,
        fields: Fields<'_, 'de, A>,
    ) -> Result<Self, A::Error> {
        match handler {
            0 => fields.read().map(Self::Say),
            1 => fields.read::<Ping<N>>().map(|_| Self::Ping),
            2 => fields.read().map(Self::Enum),
            _ => Err(fields.unknown()),
        }
    }

    fn diagnose(handler: usize, body: &Body<'_>) -> Vec<FieldError> {
        match handler {
            0 => fields::<Say<N>>(body),
            1 => fields::<Ping<N>>(body),
            _ => fields::<E>(body),
        }
    }
}

/// What the checks need of the messages that a consumer takes.
pub(super) trait Sample: Incoming + PartialEq + fmt::Debug {
    /// The text of its frame.
    fn encoded(&self, reference: Option<&Ref>) -> String;

    /// Whether it holds no float.
    fn is_exact(&self) -> bool;

    /// A client that waits for this message reads it too.
    fn is_read_by_a_client(&self, text: &str, reference: Option<&Ref>);
}

impl<const N: usize, E: Message + PartialEq + fmt::Debug> Sample for Taken<N, E>
where
    Say<N>: Message,
    Ping<N>: Message,
{
    fn encoded(&self, reference: Option<&Ref>) -> String {
        match self {
            Self::Say(say) => to_text(say, reference),
            Self::Ping => to_text(&Ping::<N>, reference),
            Self::Enum(message) => to_text(message, reference),
        }
        .expect("it is made of what JSON can say")
    }

    fn is_exact(&self) -> bool {
        fn exact(value: &Value) -> bool {
            match value {
                Value::Number(number) => !number.is_f64(),
                Value::Array(items) => items.iter().all(exact),
                Value::Object(fields) => fields.values().all(exact),
                _ => true,
            }
        }
        match self {
            Self::Say(say) => say.any.as_ref().is_none_or(exact),
            _ => true,
        }
    }

    fn is_read_by_a_client(&self, text: &str, reference: Option<&Ref>) {
        let found = match self {
            Self::Say(_) => from_text::<Say<N>>(text).map(|(_, found)| found),
            Self::Ping => from_text::<Ping<N>>(text).map(|(_, found)| found),
            Self::Enum(_) => from_text::<E>(text).map(|(_, found)| found),
        };
        assert_eq!(
            found.as_ref().map(Option::as_ref),
            Some(reference),
            "{text}"
        );
    }
}

pub(super) type InAction = Taken<0, Adjacent>;
pub(super) type InType = Taken<1, Flat>;

/// What serde derives for the same frames.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
pub(super) enum ActionOracle {
    Say(Say<0>),
    Ping,
    Left(Note),
    Stop,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum TypeOracle {
    Say(Say<1>),
    Ping,
    Left(Note),
    Stop,
}

impl From<ActionOracle> for InAction {
    fn from(oracle: ActionOracle) -> Self {
        match oracle {
            ActionOracle::Say(say) => Self::Say(say),
            ActionOracle::Ping => Self::Ping,
            ActionOracle::Left(note) => Self::Enum(Adjacent::Left(note)),
            ActionOracle::Stop => Self::Enum(Adjacent::Stop),
        }
    }
}

impl From<TypeOracle> for InType {
    fn from(oracle: TypeOracle) -> Self {
        match oracle {
            TypeOracle::Say(say) => Self::Say(say),
            TypeOracle::Ping => Self::Ping,
            TypeOracle::Left(note) => Self::Enum(Flat::Left(note)),
            TypeOracle::Stop => Self::Enum(Flat::Stop),
        }
    }
}

/// The keys and values of an object, in their order.
fn entries(text: &str) -> Option<Vec<(String, Box<RawValue>)>> {
    struct Entries(Vec<(String, Box<RawValue>)>);

    impl<'de> Deserialize<'de> for Entries {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct EntriesVisitor;
            impl<'de> Visitor<'de> for EntriesVisitor {
                type Value = Entries;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                    let mut entries = Vec::new();
                    while let Some(entry) = map.next_entry()? {
                        entries.push(entry);
                    }
                    Ok(Entries(entries))
                }
            }
            deserializer.deserialize_map(EntriesVisitor)
        }
    }

    serde_json::from_str::<Entries>(text)
        .ok()
        .map(|Entries(entries)| entries)
}

/// What the decoder must say, where serde's word alone is not the law. `Err`: the code of the refusal.
fn expected<O: for<'de> Deserialize<'de>>(
    text: &str,
    form: Form,
) -> (Option<Ref>, Result<O, &'static str>) {
    let Some(entries) = entries(text) else {
        let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
        let is_object = text.trim_start().starts_with('{');
        let code = match is_json && !is_object {
            true => "not_an_object",
            false => "malformed_json",
        };
        return (None, Err(code));
    };
    let find = |key: &str| entries.iter().find(|(found, _)| found == key);
    let unique: HashSet<_> = entries.iter().map(|(key, _)| key).collect();
    if unique.len() < entries.len() {
        return (None, Err("malformed_json"));
    }
    let reference = match find("ref").map(|(_, raw)| serde_json::from_str(raw.get())) {
        None => None,
        Some(Ok(Value::String(text))) if text.len() <= 64 => Some(Ref::Text(text.into())),
        Some(Ok(Value::Number(number))) if number.is_u64() => number.as_u64().map(Ref::from),
        Some(Ok(Value::Number(number))) if number.is_i64() => number.as_i64().map(Ref::from),
        Some(_) => return (None, Err("invalid_payload")),
    };
    let tag = find(form.tag_key());
    let Some(tag) = tag.and_then(|(_, raw)| serde_json::from_str::<String>(raw.get()).ok()) else {
        return (reference, Err("missing_tag"));
    };
    if !["say", "ping", "left", "stop"].contains(&&*tag) {
        return (reference, Err("unknown_action"));
    }
    // What is not the message's own is ignored, so serde does not see it: it would evaluate numbers that nobody reads.
    // A message without fields has no payload either.
    let own = |key: &str| match form {
        _ if key == form.tag_key() => true,
        _ if tag == "ping" => false,
        Form::Adjacent => key == "payload",
        Form::Flat => ["text", "times", "loud", "note", "any", "lines"].contains(&key),
    };
    let own: Vec<_> = entries
        .iter()
        .filter(|(key, _)| own(key))
        .map(|(key, raw)| format!("\"{key}\":{raw}"))
        .collect();
    let read = serde_json::from_str(&format!("{{{}}}", own.join(",")));
    (reference, read.map_err(|_| "invalid_payload"))
}

/// Reads `text`, and compares what comes of it with serde's word.
pub(super) fn agrees<I, O>(text: &str)
where
    I: Sample + From<O>,
    O: for<'de> Deserialize<'de>,
{
    let decoded = decode::<I>(text);
    if let Err(refusal) = &decoded {
        is_told(refusal, <I::Tag as TagKey>::FORM, text.len());
    }
    // Values that nobody can build, such as `1e999999`: who only scans them takes them, who builds them does not, and
    // which keys serde builds depends on the enum.
    let scanned = serde_json::from_str::<&RawValue>(text).is_ok();
    if scanned && serde_json::from_str::<Value>(text).is_err() {
        return;
    }
    let (reference, expected) = expected::<O>(text, <I::Tag as TagKey>::FORM);
    match (decoded, expected.map(I::from)) {
        (Ok(decoded), Ok(expected)) => {
            assert_eq!(decoded.message, expected, "{text}");
            assert_eq!(decoded.reference, reference, "{text}");
            comes_back(&decoded.message, decoded.reference.as_ref());
        }
        (Err(refusal), Err(code)) => {
            assert_eq!(refusal.error.code, code, "{text}: {refusal:?}");
            assert_eq!(refusal.reference, reference, "{text}: {refusal:?}");
        }
        (found, expected) => panic!("{text}\nfound {found:?}\nexpected {expected:?}"),
    }
}

/// A message that was encoded is read as itself.
pub(super) fn comes_back<I: Sample>(message: &I, reference: Option<&Ref>) {
    let text = message.encoded(reference);
    let again = decode::<I>(&text).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
    assert_eq!(again.reference.as_ref(), reference, "{text}");
    // serde_json does not read every float as the one that was written.
    if message.is_exact() {
        assert_eq!(&again.message, message, "{text}");
    }
    message.is_read_by_a_client(&text, reference);
}

/// The error frame of a refusal is JSON, names a code of the framework, and is no amplifier.
fn is_told(refusal: &Refusal, form: Form, len: usize) {
    let mut out = Vec::new();
    encode::error(&mut out, form, &refusal.error, refusal.reference.as_ref());
    assert!(out.len() <= 32 * 1024 + 6 * len, "{refusal:?}");
    let header = match out[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    let frame: Value = serde_json::from_slice(&out[header..]).expect("an error frame is JSON");
    let fields = match form {
        Form::Adjacent => &frame["payload"],
        Form::Flat => &frame,
    };
    assert_eq!(frame[form.tag_key()], "error");
    let code = fields["code"].as_str().unwrap_or_default();
    assert!(ErrorCode::ALL.contains(&code), "{frame}");
    let named = fields["fields"].as_array().map_or(0, Vec::len);
    assert_eq!(code == "invalid_payload", named > 0, "{frame}");
    let reference = frame.get("ref").map(|found| Ref::deserialize(found).ok());
    assert_eq!(reference, refusal.reference.clone().map(Some), "{frame}");
}

/// What a client sent, as bytes that need not be text: both forms must agree with serde's.
pub(crate) fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    agrees::<InAction, ActionOracle>(&text);
    agrees::<InType, TypeOracle>(&text);
}
