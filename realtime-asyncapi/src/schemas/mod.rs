//! Schemas of Rust types, draft-07, one generator for each direction.
//!
//! What clients send is read by the server, so it is described by the `Deserialize` contract of a type; what the
//! server sends by the `Serialize` contract. The two differ: `Option<T>` may be left out of what is read, and is
//! written as `null`.

pub(crate) mod clash;
mod enums;
pub(crate) mod frame;
pub(crate) mod merge;
pub(crate) mod walk;

use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use schemars::transform::RecursiveTransform;
use serde_json::{Map, Value};

use crate::spec::SchemaFn;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    /// Client to server.
    Inbound,
    /// Server to client.
    Outbound,
}

impl Direction {
    /// A generator of draft-07 whose references resolve in a document.
    fn generator(self) -> SchemaGenerator {
        let mut settings = SchemaSettings::draft07();
        // References resolve against the document's root, so definitions must stand there and not inside a payload.
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.contract = match self {
            Self::Inbound => Contract::Deserialize,
            Self::Outbound => Contract::Serialize,
        };
        settings
            .transforms
            .push(Box::new(RecursiveTransform(enums::fold)));
        settings.into_generator()
    }
}

/// The schemas of one direction.
#[derive(Debug)]
pub(crate) struct Schemas {
    generator: SchemaGenerator,
    definitions: Map<String, Value>,
}

impl Schemas {
    /// Generates what `schemas` need.
    pub(crate) fn new(direction: Direction, schemas: impl IntoIterator<Item = SchemaFn>) -> Self {
        let mut generator = direction.generator();
        for schema in schemas {
            schema(&mut generator);
        }
        let definitions = generator.take_definitions(true);
        Self {
            generator,
            definitions,
        }
    }

    /// The components, each under its name.
    pub(crate) fn definitions(&self) -> &Map<String, Value> {
        &self.definitions
    }

    /// The schema of a type: as a rule a reference.
    pub(crate) fn schema(&mut self, schema: SchemaFn) -> Value {
        let mut schema = schema(&mut self.generator);
        // The generator transforms only definitions of its own accord.
        for transform in self.generator.transforms_mut() {
            transform.transform(&mut schema);
        }
        schema.to_value()
    }

    /// Follows references until something else stands there.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        // A chain without repetition is no longer than the definitions are many.
        for _ in 0..=self.definitions.len() {
            let next = schema
                .as_object()
                .and_then(walk::target)
                .and_then(|name| self.definitions.get(name));
            match next {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    /// The schema with every reference replaced by what it refers to, for places whose references nobody follows.
    ///
    /// A type that contains itself keeps the reference.
    pub(crate) fn inlined(&self, schema: &Value) -> Value {
        self.inline(schema, &mut Vec::new())
    }

    fn inline(&self, schema: &Value, within: &mut Vec<String>) -> Value {
        match schema {
            Value::Object(object) => {
                if let Some(name) = walk::target(object)
                    && let Some(definition) = self.definitions.get(name)
                    && !within.iter().any(|outer| outer == name)
                {
                    within.push(name.to_owned());
                    let inlined = self.inline(definition, within);
                    within.pop();
                    return inlined;
                }
                let members = object
                    .iter()
                    .map(|(key, value)| (key.clone(), self.inline(value, within)));
                unwrapped(members.collect())
            }
            Value::Array(items) => items.iter().map(|item| self.inline(item, within)).collect(),
            other => other.clone(),
        }
    }
}

/// What stands alone in an `allOf` only because keywords beside a reference would be ignored.
fn unwrapped(mut schema: Map<String, Value>) -> Value {
    const NOTES: [&str; 5] = ["default", "deprecated", "description", "examples", "title"];
    let only_notes = schema
        .keys()
        .all(|key| key == "allOf" || NOTES.contains(&key.as_str()));
    if let Some(Value::Array(all)) = schema.get_mut("allOf")
        && let [Value::Object(inner)] = all.as_mut_slice()
        && only_notes
    {
        let mut inner = std::mem::take(inner);
        schema.remove("allOf");
        inner.extend(schema);
        return Value::Object(inner);
    }
    Value::Object(schema)
}
