//! The decoder beside serde's own tagged enums: what they take it takes, and reads the same.

mod generate;

use proptest::{collection::vec, prelude::*};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use self::generate::{change, changes, frame, render};
use super::*;
use crate::{
    message::{Action, Type},
    wire::diagnose::fields,
};
use realtime_asyncapi::spec::MessageSpec;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Say<const N: usize> {
    text: String,
    times: u32,
    #[serde(default)]
    loud: bool,
    note: Option<Note>,
    any: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Note {
    lines: Vec<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Ping<const N: usize>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Strict {
    only: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
enum Adjacent {
    Left(Note),
    Stop,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Flat {
    Left(Note),
    Stop,
}

macro_rules! message {
    ($name:ty, $tag:ty, $shape:ident, $tags:expr) => {
        impl Message for $name {
            type Tag = $tag;
            const TAGS: &'static [&'static str] = &$tags;
            const SHAPE: Shape = Shape::$shape;
            const HEAD: &'static str = "";
            fn describe() -> Vec<MessageSpec> {
                Vec::new()
            }
        }
    };
}

message!(Say<0>, Action, Struct, ["say"]);
message!(Say<1>, Type, Struct, ["say"]);
message!(Ping<0>, Action, Unit, ["ping"]);
message!(Ping<1>, Type, Unit, ["ping"]);
message!(Strict, Type, Struct, ["strict"]);
message!(Adjacent, Action, Enum, ["left", "stop"]);
message!(Flat, Type, Enum, ["left", "stop"]);

/// What a consumer takes.
#[derive(Clone, Debug, PartialEq)]
enum Taken<const N: usize, E> {
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

type InAction = Taken<0, Adjacent>;
type InType = Taken<1, Flat>;

/// What serde derives for the same frames.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
enum ActionOracle {
    Say(Say<0>),
    Ping,
    Left(Note),
    Stop,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum TypeOracle {
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
) -> Result<O, Option<&'static str>> {
    let Some(entries) = entries(text) else {
        let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
        let is_object = text.trim_start().starts_with('{');
        return Err(Some(match is_json && !is_object {
            true => "not_an_object",
            false => "malformed_json",
        }));
    };
    let find = |key: &str| entries.iter().find(|(found, _)| found == key);
    let unique: HashSet<_> = entries.iter().map(|(key, _)| key).collect();
    if unique.len() < entries.len() {
        return Err(Some("malformed_json"));
    }
    if let Some((_, raw)) = find("ref") {
        let valid = match serde_json::from_str::<Value>(raw.get()) {
            Ok(Value::String(text)) => text.len() <= 64,
            Ok(Value::Number(number)) => !number.is_f64(),
            _ => false,
        };
        if !valid {
            return Err(Some("invalid_payload"));
        }
    }
    let tag = find(form.tag_key());
    let Some(tag) = tag.and_then(|(_, raw)| serde_json::from_str::<String>(raw.get()).ok()) else {
        return Err(Some("missing_tag"));
    };
    if !["say", "ping", "left", "stop"].contains(&&*tag) {
        return Err(Some("unknown_action"));
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
    serde_json::from_str(&format!("{{{}}}", own.join(","))).map_err(|_| Some("invalid_payload"))
}

fn agrees<I, O>(text: &str)
where
    I: Incoming + PartialEq + fmt::Debug + From<O>,
    O: for<'de> Deserialize<'de>,
{
    // Values that nobody can build, such as `1e999999`: who only scans them takes them, who builds them does not, and
    // which keys serde builds depends on the enum.
    let scanned = serde_json::from_str::<&RawValue>(text).is_ok();
    if scanned && serde_json::from_str::<Value>(text).is_err() {
        return;
    }
    let expected = expected::<O>(text, <I::Tag as TagKey>::FORM).map(I::from);
    match (decode::<I>(text), expected) {
        (Ok(decoded), Ok(expected)) => assert_eq!(decoded.message, expected, "{text}"),
        (Err(refusal), Err(code)) => {
            assert_eq!(Some(&*refusal.error.code), code, "{text}: {refusal:?}");
        }
        (found, expected) => panic!("{text}\nfound {found:?}\nexpected {expected:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_frame_is_read_as_serdes_adjacently_tagged_enum_reads_it(
        entries in frame(Form::Adjacent),
        style in vec(any::<u8>(), 1..20),
    ) {
        agrees::<InAction, ActionOracle>(&render(&entries, &style));
    }

    #[test]
    fn a_flat_frame_is_read_as_serdes_internally_tagged_enum_reads_it(
        entries in frame(Form::Flat),
        style in vec(any::<u8>(), 1..20),
    ) {
        agrees::<InType, TypeOracle>(&render(&entries, &style));
    }

    #[test]
    fn a_damaged_frame_is_read_or_refused_as_serde_does(
        adjacent in frame(Form::Adjacent),
        flat in frame(Form::Flat),
        style in vec(any::<u8>(), 1..20),
        changes in changes(),
    ) {
        agrees::<InAction, ActionOracle>(&change(&render(&adjacent, &style), &changes));
        agrees::<InType, TypeOracle>(&change(&render(&flat, &style), &changes));
    }

    #[test]
    fn where_the_tag_stands_changes_nothing(
        entries in frame(Form::Adjacent),
        style in vec(any::<u8>(), 1..20),
    ) {
        let mut first = entries;
        first.sort_by_key(|(key, _)| key != "action");
        let mut after_ref = first.clone();
        after_ref.sort_by_key(|(key, _)| key != "ref");
        let mut last = first.clone();
        last.sort_by_key(|(key, _)| key == "action");
        let [first, after_ref, last] = [first, after_ref, last].map(|entries| {
            decode::<InAction>(&render(&entries, &style))
                .map(|decoded| (decoded.message, decoded.reference))
                .map_err(|refusal| (refusal.error, refusal.reference))
        });
        prop_assert_eq!(&first, &after_ref);
        prop_assert_eq!(&first, &last);
    }

    #[test]
    fn the_ref_comes_back_from_what_is_read_and_from_what_is_refused(
        entries in frame(Form::Adjacent),
        style in vec(any::<u8>(), 1..20),
    ) {
        let text = render(&entries, &style);
        let (reference, code) = match decode::<InAction>(&text) {
            Ok(decoded) => (decoded.reference, None),
            Err(refusal) => (refusal.reference, Some(refusal.error.code)),
        };
        let mut keys = HashSet::new();
        let doubled = !entries.iter().all(|(key, _)| keys.insert(key));
        let sent = entries.iter().find(|(key, _)| key == "ref").filter(|_| !doubled);
        let valid = sent.and_then(|(_, sent)| serde_json::from_value::<Ref>(sent.clone()).ok());
        prop_assert_eq!(&reference, &valid);
        if sent.is_some() && valid.is_none() {
            prop_assert_eq!(code, Some(Cow::Borrowed("invalid_payload")));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,64}", json in "[{}\\[\\]\",:\\\\u0-9a-f action]{0,64}") {
        for text in [text, json] {
            agrees::<InAction, ActionOracle>(&text);
            agrees::<InType, TypeOracle>(&text);
        }
    }
}

/// Each `{}` of a frame becomes this many arrays in one another.
fn nested(frame: &str, depth: usize) -> String {
    frame.replace("{}", &format!("{}{}", "[".repeat(depth), "]".repeat(depth)))
}

#[test]
fn nesting_without_end_is_refused_or_ignored() {
    for depth in [100, 126, 127, 128, 129, 1000, 30_000] {
        for frame in [
            r#"{"action":"say","payload":{"text":"a","times":1,"any":{}}}"#,
            r#"{"payload":{"text":"a","times":1,"any":{}},"action":"say"}"#,
            r#"{"action":"say","payload":{"text":{},"times":1}}"#,
            r#"{"action":"say","payload":{}}"#,
            r#"{"action":"left","payload":{}}"#,
            r#"{"payload":{},"action":"left"}"#,
            r#"{"action":{}}"#,
            r#"{"action":"ping","ref":{}}"#,
            r#"{}"#,
        ] {
            let refused = decode::<InAction>(&nested(frame, depth)).err();
            assert!(depth < 127 || refused.is_some(), "{frame} {depth}");
        }
        for frame in [
            r#"{"action":"ping","x":{}}"#,
            r#"{"x":{},"action":"ping"}"#,
            r#"{"action":"ping","payload":{}}"#,
        ] {
            assert!(decode::<InAction>(&nested(frame, depth)).is_ok(), "{frame}");
        }
        for frame in [
            r#"{"type":"say","text":"a","times":1,"any":{}}"#,
            r#"{"any":{},"text":"a","times":1,"type":"say"}"#,
            r#"{"type":"left","lines":{}}"#,
        ] {
            let refused = decode::<InType>(&nested(frame, depth)).err();
            assert!(depth < 127 || refused.is_some(), "{frame} {depth}");
        }
    }
}

fn many_keys() -> String {
    let keys: Vec<_> = (0..10_000).map(|key| format!("\"{key}\":1")).collect();
    keys.join(",")
}

#[test]
fn ten_thousand_unknown_keys_are_looked_up_in_a_set() {
    let keys = many_keys();
    for frame in [
        format!(r#"{{"action":"ping",{keys}}}"#),
        format!(r#"{{{keys},"action":"ping"}}"#),
    ] {
        let mut state = State::new(Form::Adjacent);
        let handler = Some(Handler {
            index: 1,
            tag: "ping",
        });
        assert!(read::<InAction>(&frame, &mut state, handler).is_ok());
        // One lookup in the few, and one in the set, for each key.
        assert!(state.seen.few.iter().all(Option::is_some));
        assert_eq!(state.seen.many.len(), 10_001 - state.seen.few.len());
        assert!(decode::<InAction>(&frame).is_ok());
    }
    let doubled = format!(r#"{{"action":"ping",{keys},"9999":2}}"#);
    let refusal = decode::<InAction>(&doubled).unwrap_err();
    assert_eq!(refusal.error.code, "malformed_json");
}

#[test]
fn ten_thousand_bad_fields_are_not_all_named() {
    struct Only(#[expect(dead_code, reason = "it is never read")] Strict);

    impl Incoming for Only {
        type Tag = Type;
        const TAGS: &'static [&'static [&'static str]] = &[&["strict"]];
        fn read<'de, A: MapAccess<'de>>(
            _: usize,
            fields: Fields<'_, 'de, A>,
        ) -> Result<Self, A::Error> {
            fields.read().map(Self)
        }
        fn diagnose(_: usize, body: &Body<'_>) -> Vec<FieldError> {
            fields::<Strict>(body)
        }
    }

    let frame = format!(r#"{{"type":"strict","ref":1,{}}}"#, many_keys());
    let refusal = decode::<Only>(&frame).err().unwrap();
    assert_eq!(refusal.reference, Some(Ref::from(1)));
    assert!((1..=32).contains(&refusal.error.fields.len()));
}
