//! The schema of one message, with what it refers to.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::resolve::{Resolver, collect};

const SCHEMAS: &str = "#/components/schemas/";
/// So many errors say enough.
const MOST_ERRORS: usize = 5;

/// Compiled when the first frame asks for it, as most tests see few messages.
pub(super) struct Schema {
    root: Value,
    validator: OnceLock<Result<Validator, String>>,
}

impl Schema {
    pub(super) fn new(payload: &Value, resolver: &Resolver) -> Self {
        let mut schemas = Map::new();
        let mut complete = true;
        let mut wanted = BTreeSet::new();
        collect(payload, &mut wanted);
        let mut wanted: Vec<&str> = wanted.into_iter().collect();
        while let Some(reference) = wanted.pop() {
            let name = reference.strip_prefix(SCHEMAS);
            let Some((name, Ok((_, schema)))) = name
                .filter(|name| !name.contains(['/', '~', '%']))
                .map(|name| (name, resolver.value(reference)))
            else {
                complete = false;
                break;
            };
            if schemas.insert(name.to_owned(), schema.clone()).is_none() {
                let mut further = BTreeSet::new();
                collect(schema, &mut further);
                wanted.extend(further);
            }
        }
        // What refers to other places needs the whole document around it.
        let mut root = if complete {
            json!({"components": {"schemas": schemas}})
        } else {
            resolver.root().clone()
        };
        root["allOf"] = json!([payload]);
        Self {
            root,
            validator: OnceLock::new(),
        }
    }

    /// Where the value does not fit, and why.
    pub(super) fn errors(&self, value: &Value) -> Vec<String> {
        let validator = self.validator.get_or_init(|| {
            jsonschema::options()
                .with_draft(Draft::Draft7)
                .build(&self.root)
                .map_err(|error| format!("the schema itself is wrong: {error}"))
        });
        match validator {
            Ok(validator) => validator
                .iter_errors(value)
                .take(MOST_ERRORS)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect(),
            Err(error) => vec![error.clone()],
        }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.root["allOf"]).finish()
    }
}
