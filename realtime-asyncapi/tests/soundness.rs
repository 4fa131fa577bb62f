//! What a comparison of schemas says, held against a validator.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::subsequence;
use realtime_asyncapi::Document;
use realtime_asyncapi::diff::{self, Options, Side, Verdict};
use serde_json::{Map, Value, json};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Schemas of the kinds that applications have.
fn schema() -> impl Strategy<Value = Value> {
    let range = |low: &'static str, high: &'static str, more: Value| {
        (proptest::option::of(0..4), proptest::option::of(4..8)).prop_map(move |(least, most)| {
            let mut schema = more.clone();
            if let Some(least) = least {
                schema[low] = json!(least);
            }
            if let Some(most) = most {
                schema[high] = json!(most);
            }
            schema
        })
    };
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!({"type": "boolean"})),
        range("minLength", "maxLength", json!({"type": "string"})),
        range("minimum", "maximum", json!({"type": "integer"})),
        range("minimum", "maximum", json!({"type": "number"})),
        subsequence(vec!["x", "y", "z"], 1..3)
            .prop_map(|values| json!({"type": "string", "enum": values})),
        prop_oneof!["x", "y"].prop_map(|value| json!({"const": value})),
        subsequence(vec!["string", "integer", "null", "boolean"], 1..4)
            .prop_map(|kinds| json!({"type": kinds})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            3 => (
                btree_map(prop::sample::select(&NAMES[..]), inner.clone(), 0..4),
                any::<[bool; 4]>(),
                prop_oneof![3 => Just(None), 1 => Just(Some(false))],
            )
                .prop_map(|(properties, required, more)| {
                    let required: Vec<&str> = properties
                        .keys()
                        .zip(required)
                        .filter_map(|(name, required)| required.then_some(*name))
                        .collect();
                    let mut schema =
                        json!({"type": "object", "properties": properties, "required": required});
                    if let Some(more) = more {
                        schema["additionalProperties"] = json!(more);
                    }
                    schema
                }),
            2 => (inner.clone(), proptest::option::of(1..3)).prop_map(|(items, least)| {
                let mut schema = json!({"type": "array", "items": items});
                if let Some(least) = least {
                    schema["minItems"] = json!(least);
                }
                schema
            }),
            2 => vec(inner.clone(), 1..4).prop_map(|branches| json!({"anyOf": branches})),
            1 => inner.prop_map(|schema| json!({"anyOf": [schema, {"type": "null"}]})),
        ]
    })
}

/// A second schema: another one, or the first with a part of another.
fn pair() -> impl Strategy<Value = (Value, Value)> {
    (schema(), schema(), any::<prop::sample::Index>()).prop_map(|(one, other, at)| {
        let mut places = Vec::new();
        collect(&one, String::new(), &mut places);
        let mut edited = one.clone();
        if let Some(place) = edited.pointer_mut(&places[at.index(places.len())]) {
            *place = other;
        }
        (one, edited)
    })
}

/// Where there are schemas.
fn collect(schema: &Value, pointer: String, places: &mut Vec<String>) {
    let Value::Object(object) = schema else {
        places.push(pointer);
        return;
    };
    if let Some(Value::Object(properties)) = object.get("properties") {
        for (name, schema) in properties {
            collect(schema, format!("{pointer}/properties/{name}"), places);
        }
    }
    if let Some(Value::Array(branches)) = object.get("anyOf") {
        for (index, schema) in branches.iter().enumerate() {
            collect(schema, format!("{pointer}/anyOf/{index}"), places);
        }
    }
    if let Some(items) = object.get("items") {
        collect(items, format!("{pointer}/items"), places);
    }
    places.push(pointer);
}

/// Values that a program of this schema might send: it sends no fields that the schema does not name.
fn samples(schema: &Value, depth: usize) -> Vec<Value> {
    let scalars = || {
        let mut all: Vec<Value> = (0..10).map(Value::from).collect();
        all.extend((0..9).map(|length| Value::from("w".repeat(length))));
        all.extend([
            json!(1.5),
            json!(true),
            Value::Null,
            json!("x"),
            json!("y"),
            json!("z"),
        ]);
        all
    };
    let Value::Object(object) = schema else {
        return scalars();
    };
    let mut all = scalars();
    if depth > 4 {
        return all;
    }
    if let Some(Value::Array(branches)) = object.get("anyOf") {
        all.extend(
            branches
                .iter()
                .flat_map(|branch| samples(branch, depth + 1)),
        );
    }
    if let Some(items) = object.get("items") {
        all.push(json!([]));
        for item in samples(items, depth + 1).into_iter().take(40) {
            all.push(json!([item]));
            all.push(json!([item, item]));
            all.push(json!([item, item, item]));
        }
    }
    if let Some(Value::Object(properties)) = object.get("properties") {
        let of_each: Vec<(&String, Vec<Value>)> = properties
            .iter()
            .map(|(name, schema)| {
                let validator = jsonschema::validator_for(schema).unwrap();
                let mut valid = samples(schema, depth + 1);
                valid.retain(|value| validator.is_valid(value));
                (name, valid)
            })
            .collect();
        // Each field takes each of its values, beside all others or none.
        for full in [true, false] {
            let base: Map<String, Value> = of_each
                .iter()
                .filter(|_| full)
                .filter_map(|(name, values)| Some(((*name).clone(), values.first()?.clone())))
                .collect();
            all.push(Value::Object(base.clone()));
            for (name, values) in &of_each {
                let mut without = base.clone();
                without.remove(*name);
                all.push(Value::Object(without));
                for value in values.iter().take(60) {
                    let mut with = base.clone();
                    with.insert((*name).clone(), value.clone());
                    all.push(Value::Object(with));
                }
            }
        }
    }
    all
}

fn document(schema: &Value) -> Document {
    let document = json!({
        "asyncapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "channels": {"a": {"address": "/a", "messages": {"m": {"payload": schema}}}},
        "operations": {"take": {"action": "receive", "channel": {"$ref": "#/channels/a"}}},
    });
    Document::from_json(&document.to_string()).unwrap()
}

proptest! {
    #[test]
    fn a_schema_does_not_differ_from_itself(schema in schema()) {
        let report = diff::changes(&document(&schema), &document(&schema), Options::default());
        prop_assert!(report.is_empty(), "{report}");
    }

    /// Whatever clients may send today and a server refuses tomorrow, breaks clients, says the comparison.
    #[test]
    fn what_is_refused_tomorrow_breaks((old, new) in pair()) {
        let report = diff::changes(&document(&old), &document(&new), Options::default());
        if report.verdict(Side::Client) != Some(Verdict::Breaking) {
            let (before, after) = (
                jsonschema::validator_for(&old).unwrap(),
                jsonschema::validator_for(&new).unwrap(),
            );
            for value in samples(&old, 0) {
                prop_assert!(
                    !before.is_valid(&value) || after.is_valid(&value),
                    "{value} is refused now\nold {old}\nnew {new}\n{report}"
                );
            }
        }
    }

    /// The way back breaks servers where the way there breaks clients.
    #[test]
    fn there_and_back((old, new) in pair()) {
        let (old, new) = (document(&old), document(&new));
        let there = diff::changes(&old, &new, Options::default());
        let back = diff::changes(&new, &old, Options::default());
        let breaks = |report: &diff::Report, side| report.verdict(side) == Some(Verdict::Breaking);
        prop_assert_eq!(
            (breaks(&there, Side::Client), breaks(&there, Side::Server)),
            (breaks(&back, Side::Server), breaks(&back, Side::Client)),
            "{}\n{}", there, back
        );
    }
}
