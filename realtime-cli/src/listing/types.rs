use std::collections::BTreeSet;

use serde_json::{Map, Value};

const COMPONENTS: &str = "#/components/schemas/";
/// Objects within objects deeper than this are not taken apart.
const DEEPEST: usize = 4;

/// Schemas in a short notation, and the names that they mention.
#[derive(Debug, Default)]
pub(super) struct Types {
    named: BTreeSet<String>,
}

/// A field as one line: `text: string`, `lang?: string`.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) line: String,
    pub(super) description: Option<String>,
}

impl Types {
    /// A name that has been mentioned and not been shown.
    pub(super) fn next(&self, shown: &BTreeSet<String>) -> Option<String> {
        self.named.difference(shown).next().cloned()
    }

    /// The fields of an object.
    pub(super) fn fields(&mut self, schema: &Value) -> Vec<Field> {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return Vec::new();
        };
        let required = required(schema);
        let field = |(name, property): (&String, &Value)| {
            let optional = if required.contains(&name.as_str()) {
                ""
            } else {
                "?"
            };
            let description = property.get("description").and_then(Value::as_str);
            Field {
                name: name.clone(),
                line: format!("{name}{optional}: {}", self.short(property)),
                description: description.map(str::to_owned),
            }
        };
        properties.iter().map(field).collect()
    }

    /// A schema on one line.
    pub(super) fn short(&mut self, schema: &Value) -> String {
        self.at(schema, 0)
    }

    fn at(&mut self, schema: &Value, depth: usize) -> String {
        let object = match schema {
            Value::Bool(false) => return "never".to_owned(),
            Value::Object(object) if !object.is_empty() => object,
            _ => return "any".to_owned(),
        };
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            return match reference.strip_prefix(COMPONENTS) {
                Some(name) => {
                    self.named.insert(name.to_owned());
                    name.to_owned()
                }
                None => reference.to_owned(),
            };
        }
        if let Some(value) = object.get("const") {
            return value.to_string();
        }
        if let Some(values) = object.get("enum").and_then(Value::as_array) {
            let values: Vec<String> = values.iter().map(Value::to_string).collect();
            return values.join(" | ");
        }
        for (keyword, between) in [("oneOf", " | "), ("anyOf", " | "), ("allOf", " & ")] {
            if let Some(branches) = object.get(keyword).and_then(Value::as_array) {
                let branches: Vec<String> = branches
                    .iter()
                    .map(|branch| self.at(branch, depth + 1))
                    .collect();
                return branches.join(between);
            }
        }
        let kinds: Vec<&str> = match object.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if object.contains_key("properties") => vec!["object"],
            _ => vec!["any"],
        };
        let kinds: Vec<String> = kinds
            .iter()
            .map(|kind| self.kind(kind, object, depth))
            .collect();
        let limits = limits(object);
        format!("{}{limits}", kinds.join(" | "))
    }

    fn kind(&mut self, kind: &str, object: &Map<String, Value>, depth: usize) -> String {
        match kind {
            "array" => match object.get("items") {
                Some(Value::Array(items)) => {
                    let items: Vec<String> =
                        items.iter().map(|item| self.at(item, depth + 1)).collect();
                    format!("[{}]", items.join(", "))
                }
                Some(item) => {
                    let item = self.at(item, depth + 1);
                    let simple = item.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                    if simple {
                        format!("{item}[]")
                    } else {
                        format!("({item})[]")
                    }
                }
                None => "any[]".to_owned(),
            },
            "object" if depth < DEEPEST && object.contains_key("properties") => {
                let whole = Value::Object(object.clone());
                let fields = self.fields(&whole);
                let fields: Vec<String> = fields.into_iter().map(|field| field.line).collect();
                format!("{{ {} }}", fields.join(", "))
            }
            "object" => match object.get("additionalProperties") {
                Some(values @ Value::Object(_)) => {
                    format!("{{ *: {} }}", self.at(values, depth + 1))
                }
                _ => "object".to_owned(),
            },
            other => other.to_owned(),
        }
    }
}

fn required(schema: &Value) -> Vec<&str> {
    let required = schema.get("required").and_then(Value::as_array);
    required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// ` (maxLength 64, format uuid)`.
fn limits(object: &Map<String, Value>) -> String {
    const SHOWN: [&str; 12] = [
        "format",
        "minimum",
        "exclusiveMinimum",
        "maximum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "minItems",
        "maxItems",
        "uniqueItems",
    ];
    let said = |keyword: &&str| {
        let value = object.get(*keyword)?;
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        Some(format!("{keyword} {value}"))
    };
    let limits: Vec<String> = SHOWN.iter().filter_map(said).collect();
    if limits.is_empty() {
        String::new()
    } else {
        format!(" ({})", limits.join(", "))
    }
}

/// `"a" | "b"`.
pub(super) fn quoted(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
    values.join(" | ")
}
