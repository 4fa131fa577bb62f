//! Enums whose variants have no fields.

use schemars::Schema;
use serde_json::{Map, Value, json};

/// Where each value of an `enum` has a description, by the value.
const DESCRIPTIONS: &str = "x-enum-descriptions";

/// Makes an `enum` of alternatives that are one text each.
///
/// The derive writes an alternative for each variant that is documented. Readers of documents, generators of code above
/// all, know an `enum` for what it is, and make a type of its own of every alternative.
pub(super) fn fold(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let Some((values, descriptions)) = object.get("oneOf").and_then(texts) else {
        return;
    };
    object.remove("oneOf");
    object.insert("type".to_owned(), json!("string"));
    object.insert("enum".to_owned(), json!(values));
    if !descriptions.is_empty() {
        object.insert(DESCRIPTIONS.to_owned(), Value::Object(descriptions));
    }
}

/// The texts that alternatives allow, and what is said of them; `None` where one allows anything else.
fn texts(alternatives: &Value) -> Option<(Vec<String>, Map<String, Value>)> {
    let mut texts = Vec::new();
    let mut descriptions = Map::new();
    for alternative in alternatives.as_array()? {
        let alternative = alternative.as_object()?;
        let known = ["const", "description", "enum", "type"];
        let is_text = alternative.get("type").is_some_and(|kind| kind == "string");
        if !is_text || !alternative.keys().all(|key| known.contains(&key.as_str())) {
            return None;
        }
        match (alternative.get("const"), alternative.get("enum")) {
            (Some(Value::String(text)), None) => {
                texts.push(text.clone());
                if let Some(description) = alternative.get("description") {
                    descriptions.insert(text.clone(), description.clone());
                }
            }
            (None, Some(Value::Array(values))) if !alternative.contains_key("description") => {
                for value in values {
                    texts.push(value.as_str()?.to_owned());
                }
            }
            _ => return None,
        }
    }
    Some((texts, descriptions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(schema: Value) -> Value {
        let mut schema = Schema::try_from(schema).unwrap();
        fold(&mut schema);
        schema.to_value()
    }

    #[test]
    fn documented_and_bare_texts_are_one_enum() {
        let schema = json!({
            "description": "How.",
            "oneOf": [
                {"type": "string", "enum": ["a", "b"]},
                {"type": "string", "const": "c", "description": "The third."},
            ],
        });
        assert_eq!(
            folded(schema),
            json!({
                "description": "How.",
                "type": "string",
                "enum": ["a", "b", "c"],
                "x-enum-descriptions": {"c": "The third."},
            })
        );
    }

    #[test]
    fn what_has_another_alternative_or_keyword_is_left_alone() {
        for other in [
            json!({"type": "null"}),
            json!({"type": "string"}),
            json!({"type": "integer", "const": 1}),
            json!({"type": "string", "const": "b", "deprecated": true}),
            json!({"type": "object", "properties": {"b": {"const": "b"}}}),
        ] {
            let schema = json!({"oneOf": [{"type": "string", "const": "a"}, other]});
            assert_eq!(folded(schema.clone()), schema);
        }
    }
}
