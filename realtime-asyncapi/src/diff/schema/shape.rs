//! A schema taken apart: references followed, `allOf` merged, `null` and lists of values told from the rest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::kinds::Kinds;
use crate::model::escaped;
use crate::resolve::Resolver;

const COMPONENTS: &str = "/components/schemas/";
/// Keywords that say nothing of what is allowed; so do extensions.
const NOTES: [&str; 10] = [
    "$comment",
    "$id",
    "$schema",
    "default",
    "deprecated",
    "description",
    "examples",
    "externalDocs",
    "readOnly",
    "title",
];
const LATER: [&str; 2] = ["discriminator", "writeOnly"];
/// `allOf` within `allOf`; more goes round in a circle.
const DEEPEST: usize = 32;

/// A schema and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) resolver: &'a Resolver,
    pub(super) pointer: String,
    pub(super) schema: &'a Value,
}

impl<'a> Place<'a> {
    pub(super) fn new(resolver: &'a Resolver, pointer: &str, schema: &'a Value) -> Self {
        Self {
            resolver,
            pointer: pointer.to_owned(),
            schema,
        }
    }

    pub(super) fn child(&self, keys: &[&str], schema: &'a Value) -> Self {
        let mut pointer = self.pointer.clone();
        for key in keys {
            pointer.push('/');
            pointer.push_str(&escaped(key));
        }
        Self {
            resolver: self.resolver,
            pointer,
            schema,
        }
    }

    /// What a reference leads to, or this place; `None` where it leads nowhere.
    pub(super) fn target(&self) -> Option<Self> {
        let Some(reference) = self.schema.get("$ref").and_then(Value::as_str) else {
            return Some(self.clone());
        };
        let (pointer, schema) = self.resolver.value(reference).ok()?;
        Some(Self {
            resolver: self.resolver,
            pointer,
            schema,
        })
    }

    pub(super) fn target_pointer(&self) -> String {
        self.target()
            .map_or_else(|| self.pointer.clone(), |target| target.pointer)
    }
}

/// What may stand in an object beside the properties that are named.
#[derive(Clone, Debug, Default)]
pub(super) enum Additional<'a> {
    #[default]
    Open,
    Closed,
    Schema(Place<'a>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Shape<'a> {
    pub(super) pointer: String,
    /// The name of the component that it is.
    pub(super) name: Option<String>,
    /// A reference that cannot be followed, or a schema in another language.
    pub(super) unknown: Option<Value>,
    /// Nothing is allowed.
    pub(super) never: bool,
    /// Whether `null` is allowed where there are kinds, values or variants.
    pub(super) null: bool,
    /// The types, without `null`; `None`: any.
    pub(super) kinds: Option<Kinds>,
    /// The values, without `null`; `None`: any.
    pub(super) values: Option<Vec<&'a Value>>,
    /// Branches of `anyOf` and `oneOf`.
    pub(super) variants: Vec<Place<'a>>,
    pub(super) properties: BTreeMap<&'a str, Place<'a>>,
    pub(super) required: BTreeSet<&'a str>,
    pub(super) additional: Additional<'a>,
    pub(super) patterns: BTreeMap<&'a str, Place<'a>>,
    pub(super) items: Option<Place<'a>>,
    pub(super) tuple: Option<Vec<Place<'a>>>,
    /// Numbers that limit something, by keyword.
    pub(super) bounds: BTreeMap<&'a str, f64>,
    /// All other keywords that limit something.
    pub(super) others: BTreeMap<&'a str, &'a Value>,
    pub(super) notes: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(place: &Place<'a>) -> Self {
        let Some(target) = place.target() else {
            return Self {
                pointer: place.pointer.clone(),
                unknown: Some(place.schema.clone()),
                ..Self::default()
            };
        };
        let mut shape = Self {
            pointer: target.pointer.clone(),
            name: component(&target),
            ..Self::default()
        };
        shape.fill(&target, 0);
        shape
    }

    /// Whether it says nothing of what is allowed beside its variants.
    pub(super) fn is_bare(&self) -> bool {
        self.kinds.is_none()
            && self.values.is_none()
            && self.properties.is_empty()
            && self.required.is_empty()
            && self.bounds.is_empty()
            && self.others.is_empty()
            && self.items.is_none()
    }

    /// Whether `null` is allowed.
    pub(super) fn takes_null(&self) -> bool {
        self.null || (self.kinds.is_none() && self.values.is_none() && self.variants.is_empty())
    }

    fn fill(&mut self, place: &Place<'a>, depth: usize) {
        let object = match place.schema {
            Value::Bool(allowed) => {
                self.never |= !allowed;
                return;
            }
            Value::Object(object) => object,
            _ => return,
        };
        if object.contains_key("schemaFormat") && object.contains_key("schema") {
            self.other_language(place, object, depth);
            return;
        }
        for (keyword, value) in object {
            self.keyword(place, keyword, value, depth);
        }
        // Later, as it adds to what `type` says.
        if object.get("nullable") == Some(&Value::Bool(true)) {
            self.null = true;
        }
    }

    /// A multi-format schema object (AsyncAPI 3.0.0): what is no JSON Schema is compared as it stands.
    fn other_language(&mut self, place: &Place<'a>, object: &'a Map<String, Value>, depth: usize) {
        let format = object.get("schemaFormat").and_then(Value::as_str);
        let is_json_schema = format.is_some_and(|format| {
            format.contains("vnd.aai.asyncapi")
                || format.contains("schema+json")
                || format.contains("schema+yaml")
        });
        match object.get("schema") {
            Some(schema) if is_json_schema => {
                if let Some(target) = place.child(&["schema"], schema).target() {
                    self.fill(&target, depth + 1);
                }
            }
            _ => self.unknown = Some(place.schema.clone()),
        }
    }

    fn keyword(&mut self, place: &Place<'a>, keyword: &'a str, value: &'a Value, depth: usize) {
        match (keyword, value) {
            ("$ref" | "nullable", _) => {}
            ("type", _) => self.types(value),
            ("const", _) => self.restrict_values(vec![value]),
            ("enum", Value::Array(values)) => self.restrict_values(values.iter().collect()),
            ("allOf", Value::Array(branches)) => self.all_of(place, branches, depth),
            ("anyOf" | "oneOf", Value::Array(branches)) => {
                self.any_of(place, keyword, branches, depth);
            }
            ("properties", Value::Object(properties)) => {
                for (name, schema) in properties {
                    let child = place.child(&["properties", name], schema);
                    self.properties.entry(name).or_insert(child);
                }
            }
            ("patternProperties", Value::Object(patterns)) => {
                for (pattern, schema) in patterns {
                    let child = place.child(&["patternProperties", pattern], schema);
                    self.patterns.entry(pattern).or_insert(child);
                }
            }
            ("required", Value::Array(names)) => {
                self.required.extend(names.iter().filter_map(Value::as_str));
            }
            ("additionalProperties", Value::Bool(true)) => {}
            ("additionalProperties", Value::Bool(false)) => self.additional = Additional::Closed,
            ("additionalProperties", schema) => {
                if schema.as_object().is_none_or(|schema| !schema.is_empty())
                    && !matches!(self.additional, Additional::Closed)
                {
                    let child = place.child(&["additionalProperties"], schema);
                    self.additional = Additional::Schema(child);
                }
            }
            ("items", Value::Array(items)) => {
                let child = |(index, schema): (usize, &'a Value)| {
                    place.child(&["items", &index.to_string()], schema)
                };
                self.tuple = Some(items.iter().enumerate().map(child).collect());
            }
            ("items", Value::Bool(true)) => {}
            ("items", schema) => self.items = Some(place.child(&["items"], schema)),
            ("additionalItems", Value::Bool(true)) | ("uniqueItems", Value::Bool(false)) => {}
            (keyword, Value::Number(number)) if super::bounds::is_bound(keyword) => {
                self.bound(keyword, number.as_f64().unwrap_or_default());
            }
            (keyword, _)
                if NOTES.contains(&keyword)
                    || LATER.contains(&keyword)
                    || keyword.starts_with("x-") =>
            {
                self.notes.entry(keyword).or_insert(value);
            }
            (keyword, _) => {
                self.others.entry(keyword).or_insert(value);
            }
        }
    }

    fn types(&mut self, value: &'a Value) {
        let names: Vec<&str> = match value {
            Value::String(name) => vec![name],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        let kinds = Kinds::of_types(names.iter().copied());
        self.kinds = Some(self.kinds.map_or(kinds, |known| known.both(kinds)));
        self.null |= names.contains(&"null");
    }

    fn restrict_values(&mut self, mut values: Vec<&'a Value>) {
        if values.iter().any(|value| value.is_null()) {
            self.null = true;
            values.retain(|value| !value.is_null());
        }
        match &mut self.values {
            Some(known) => known.retain(|value| values.contains(value)),
            None => self.values = Some(values),
        }
    }

    fn bound(&mut self, keyword: &'a str, number: f64) {
        let bound = self.bounds.entry(keyword).or_insert(number);
        *bound = super::bounds::tighter(keyword, *bound, number);
    }

    fn all_of(&mut self, place: &Place<'a>, branches: &'a [Value], depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for (index, schema) in branches.iter().enumerate() {
            let child = place.child(&["allOf", &index.to_string()], schema);
            let Some(target) = child.target() else {
                self.others.insert("allOf", schema);
                continue;
            };
            // Keywords beside a reference are ignored, so that a single one is wrapped to give it a description.
            if branches.len() == 1 && self.name.is_none() {
                self.name = component(&target);
            }
            self.fill(&target, depth + 1);
        }
    }

    fn any_of(&mut self, place: &Place<'a>, keyword: &str, branches: &'a [Value], depth: usize) {
        let child = |(index, schema): (usize, &'a Value)| {
            place.child(&[keyword, &index.to_string()], schema)
        };
        let mut rest: Vec<Place<'a>> = branches.iter().enumerate().map(child).collect();
        let all = rest.len();
        rest.retain(|branch| !is_null(branch));
        self.null |= rest.len() < all;
        // An enum whose values are documented one by one.
        let constants: Option<Vec<Vec<&Value>>> =
            rest.iter().map(|branch| constant(branch)).collect();
        if let Some(constants) = constants {
            self.restrict_values(constants.into_iter().flatten().collect());
        } else if let [only] = rest.as_slice() {
            if depth <= DEEPEST
                && let Some(target) = only.target()
            {
                if self.name.is_none() {
                    self.name = component(&target);
                }
                self.fill(&target, depth + 1);
            }
        } else {
            self.variants.extend(rest);
        }
    }
}

fn component(place: &Place<'_>) -> Option<String> {
    let name = place.pointer.strip_prefix(COMPONENTS)?;
    (!name.contains('/')).then(|| name.to_owned())
}

fn is_null(place: &Place<'_>) -> bool {
    place.schema.get("type").is_some_and(|kind| kind == "null")
        || place.schema.get("const").is_some_and(Value::is_null)
}

/// The values of a branch that has nothing else.
fn constant<'a>(place: &Place<'a>) -> Option<Vec<&'a Value>> {
    let schema = place.target()?.schema.as_object()?;
    let says_more = |keyword: &String| {
        !matches!(keyword.as_str(), "const" | "enum" | "type") && !NOTES.contains(&keyword.as_str())
    };
    if schema.keys().any(says_more) {
        return None;
    }
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    }
}
