//! Visits the schemas inside a schema, and leaves alone what only looks like one: `const`, `enum`, `default`, examples.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

const PREFIX: &str = "#/components/schemas/";

/// Keywords whose value is a schema, or a list of them.
const IN_PLACE: [&str; 16] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords whose value maps names to schemas.
const BY_NAME: [&str; 6] = [
    "$defs",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// Calls `visit` with every schema object in `schema`, itself first.
pub(crate) fn visit(schema: &Value, visit_one: &mut dyn FnMut(&Map<String, Value>)) {
    match schema {
        Value::Object(object) => {
            visit_one(object);
            for (keyword, value) in object {
                if IN_PLACE.contains(&keyword.as_str()) {
                    visit(value, visit_one);
                } else if BY_NAME.contains(&keyword.as_str())
                    && let Value::Object(by_name) = value
                {
                    by_name.values().for_each(|schema| visit(schema, visit_one));
                }
            }
        }
        Value::Array(schemas) => schemas.iter().for_each(|schema| visit(schema, visit_one)),
        _ => {}
    }
}

fn visit_mut(schema: &mut Value, visit_one: &mut dyn FnMut(&mut Map<String, Value>)) {
    match schema {
        Value::Object(object) => {
            visit_one(object);
            for (keyword, value) in object.iter_mut() {
                if IN_PLACE.contains(&keyword.as_str()) {
                    visit_mut(value, visit_one);
                } else if BY_NAME.contains(&keyword.as_str())
                    && let Value::Object(by_name) = value
                {
                    by_name
                        .values_mut()
                        .for_each(|schema| visit_mut(schema, visit_one));
                }
            }
        }
        Value::Array(schemas) => schemas
            .iter_mut()
            .for_each(|schema| visit_mut(schema, visit_one)),
        _ => {}
    }
}

/// The name of the component that a schema refers to, where it is a reference to one.
pub(crate) fn target(schema: &Map<String, Value>) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(PREFIX)
}

/// The components that a schema refers to, not looking into them.
pub(crate) fn targets(schema: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    visit(schema, &mut |object| {
        names.extend(target(object).map(str::to_owned));
    });
    names
}

/// Makes references point to the new names.
pub(crate) fn rename(schema: &mut Value, names: &BTreeMap<String, String>) {
    visit_mut(schema, &mut |object| {
        if let Some(name) = target(object).and_then(|name| names.get(name)) {
            object.insert("$ref".to_owned(), Value::String(format!("{PREFIX}{name}")));
        }
    });
}

/// Every component that can be reached from `roots` through `definitions`.
pub(crate) fn reachable<'a>(
    roots: impl IntoIterator<Item = &'a Value>,
    definitions: &Map<String, Value>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut ahead: Vec<String> = roots.into_iter().flat_map(targets).collect();
    while let Some(name) = ahead.pop() {
        if let Some(definition) = definitions.get(&name) {
            ahead.extend(
                targets(definition)
                    .into_iter()
                    .filter(|next| !found.contains(next)),
            );
        }
        found.insert(name);
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_property_called_const_is_a_schema_and_the_keyword_is_not() {
        let reference = json!({"$ref": "#/components/schemas/A"});
        assert_eq!(
            targets(&json!({"properties": {"const": reference}})).len(),
            1
        );
        assert_eq!(
            targets(&json!({"const": reference, "enum": [reference], "default": reference})).len(),
            0
        );
    }

    #[test]
    fn what_refers_to_itself_is_reached_once() {
        let definitions = json!({"Tree": {"items": {"$ref": "#/components/schemas/Tree"}}});
        let root = json!({"$ref": "#/components/schemas/Tree"});
        let found = reachable([&root], definitions.as_object().unwrap());
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Tree"]);
    }
}
