//! Frames by chance.

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::Index,
};
use serde_json::{Value, json};

use crate::message::Form;

/// A JSON value that fits some field, or none.
pub(super) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key(), inner), 0..4).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("text".to_owned()),
        Just("lines".to_owned()),
        Just("action".to_owned()),
        Just("type".to_owned()),
        Just("ref".to_owned()),
        ".{0,6}",
    ]
}

fn say() -> impl Strategy<Value = Value> {
    let right = (
        ".{0,8}",
        any::<u32>(),
        option::of(any::<bool>()),
        option::of(vec(any::<i64>(), 0..3)),
        option::of(value()),
    )
        .prop_map(|(text, times, loud, lines, any)| {
            let mut say = json!({"text": text, "times": times});
            if let Some(loud) = loud {
                say["loud"] = loud.into();
            }
            if let Some(lines) = lines {
                say["note"] = json!({"lines": lines});
            }
            if let Some(any) = any {
                say["any"] = any;
            }
            say
        });
    (right, option::weighted(0.3, (any::<Index>(), value()))).prop_map(|(mut say, wrong)| {
        let fields = say.as_object_mut().unwrap();
        if let Some((index, value)) = wrong {
            let index = index.index(fields.len());
            *fields.values_mut().nth(index).unwrap() = value;
        }
        say
    })
}

fn payload() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => say(),
        2 => vec(any::<i64>(), 0..4).prop_map(|lines| json!({"lines": lines})),
        1 => value(),
    ]
}

/// A tag, and what goes with it: most often what fits.
fn tag_and_payload() -> impl Strategy<Value = (Value, Option<Value>)> {
    let lines = vec(any::<i64>(), 0..4).prop_map(|lines| json!({"lines": lines}));
    let tag = prop_oneof![
        Just(json!("say")),
        Just(json!("ping")),
        Just(json!("left")),
        Just(json!("stop")),
        Just(json!("sayx")),
        any::<bool>().prop_map(Value::from),
    ];
    prop_oneof![
        8 => say().prop_map(|say| (json!("say"), Some(say))),
        1 => Just((json!("ping"), None)),
        2 => lines.prop_map(|lines| (json!("left"), Some(lines))),
        1 => option::of(Just(Value::Null)).prop_map(|payload| (json!("stop"), payload)),
        4 => (tag, option::of(payload())),
    ]
}

pub(super) fn reference() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        3 => Just(None),
        1 => any::<i64>().prop_map(|number| Some(number.into())),
        1 => any::<u64>().prop_map(|number| Some(number.into())),
        1 => ".{0,70}".prop_map(|text| Some(text.into())),
        1 => option::weighted(0.3, value()),
    ]
}

/// The keys and values of a frame, in some order; rarely one of them twice.
pub(super) fn frame(form: Form) -> impl Strategy<Value = Vec<(String, Value)>> {
    let unknown = btree_map("[w-z]{2,5}|é\"\n", value(), 0..12);
    let doubled = option::weighted(0.05, any::<Index>());
    (tag_and_payload(), reference(), unknown, doubled)
        .prop_map(move |((tag, payload), reference, unknown, doubled)| {
            let mut entries = vec![(form.tag_key().to_owned(), tag)];
            match (form, payload) {
                (Form::Flat, Some(Value::Object(fields))) => entries.extend(
                    fields
                        .into_iter()
                        .filter(|(key, _)| key != "ref" && key != "type"),
                ),
                (_, Some(payload)) => entries.push(("payload".to_owned(), payload)),
                (_, None) => {}
            }
            entries.extend(reference.map(|reference| ("ref".to_owned(), reference)));
            entries.extend(unknown);
            if let Some(index) = doubled {
                entries.push(index.get(&entries).clone());
            }
            entries
        })
        .prop_shuffle()
}

/// JSON with white space and with escapes that need not be.
pub(super) fn render(entries: &[(String, Value)], style: &[u8]) -> String {
    let mut style = style.iter().copied().cycle();
    let mut space =
        move || ["", "", " ", "\n\t", "\r\n  "][usize::from(style.next().unwrap_or(0)) % 5];
    let escaped = |text: &str, escape: bool| {
        if !escape {
            return serde_json::to_string(text).unwrap();
        }
        let units = text.encode_utf16();
        let escapes: String = units.map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{escapes}\"")
    };
    let mut text = String::from(space()) + "{";
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text += space();
        text += &escaped(key, !space().is_empty());
        text += space();
        text.push(':');
        text += space();
        match value {
            Value::String(string) => text += &escaped(string, !space().is_empty()),
            value => text += &value.to_string(),
        }
        text += space();
    }
    text.push('}');
    text + space()
}

/// Changes to a text: where, how, with what.
pub(super) fn changes() -> impl Strategy<Value = Vec<(Index, u8, char)>> {
    let c = proptest::sample::select(
        "{}[]\",:\\u0dDe8 \n\tnultrfase1-+.E\u{0}\u{1F30D}é"
            .chars()
            .collect::<Vec<_>>(),
    );
    vec((any::<Index>(), 0_u8..4, c), 0..4)
}

pub(super) fn change(text: &str, changes: &[(Index, u8, char)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (index, how, c) in changes {
        let at = index.index(chars.len().max(1));
        match how {
            0 => chars.insert(at, *c),
            1 if at < chars.len() => chars[at] = *c,
            2 if at < chars.len() => drop(chars.remove(at)),
            _ => {
                let part: Vec<char> = chars[at..].iter().take(20).copied().collect();
                chars.splice(at..at, part);
            }
        }
    }
    chars.into_iter().collect()
}
