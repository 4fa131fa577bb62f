//! Where in a frame a rule is broken: rules know the names of Rust, the client those on the wire.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::message::Step;

/// The path to a value of `received` as the client knows it: `items[2].id`.
pub(super) fn on_the_wire(path: &[Step], received: &Value) -> String {
    let mut walk = Walk {
        place: Some(received),
        written: String::new(),
    };
    for (index, step) in path.iter().enumerate() {
        match step {
            Step::Key(key) => walk.take_key(key),
            Step::Field(field) => walk.field(field, path.get(index + 1)),
            Step::Index(item) => walk.index(*item),
        }
    }
    walk.written
}

struct Walk<'v> {
    /// The value that was received here; `None` where the way leads beyond what was received.
    place: Option<&'v Value>,
    written: String,
}

impl Walk<'_> {
    fn take_key(&mut self, key: &str) {
        if !self.written.is_empty() {
            self.written.push('.');
        }
        self.written.push_str(key);
        self.place = self.place.and_then(|place| place.get(key));
    }

    fn take_item(&mut self, index: usize) {
        let _ = write!(self.written, "[{index}]");
        self.place = self.place.and_then(|place| place.get(index));
    }

    fn field(&mut self, field: &str, next: Option<&Step>) {
        match self.place {
            Some(Value::Object(object)) => {
                if let Some(key) = key_of(field, object) {
                    self.take_key(key);
                } else if is_key(next, object) {
                    // A flattened field: what is in it stands here.
                } else if let Some((variant, key)) = in_variant(field, object) {
                    self.take_key(variant);
                    self.take_key(key);
                } else {
                    self.take_key(field);
                }
            }
            // The one field of a struct that is on the wire what this field is.
            Some(_) => {}
            None => self.take_key(field),
        }
    }

    fn index(&mut self, index: usize) {
        match self.place {
            Some(Value::Array(_)) | None => self.take_item(index),
            Some(Value::Object(object)) => {
                let key = index.to_string();
                if object.contains_key(&key) {
                    self.take_key(&key);
                }
            }
            // The one field of a tuple struct, which is on the wire what this field is.
            Some(_) => {}
        }
    }
}

/// The key of `object` that a field or a key is: the same, or the only one that differs in case, `_` and `-` alone.
fn key_of<'v>(field: &str, object: &'v Map<String, Value>) -> Option<&'v str> {
    if let Some((key, _)) = object.get_key_value(field) {
        return Some(key);
    }
    let mut keys = object.keys().filter(|key| alike(key, field));
    keys.next()
        .filter(|_| keys.next().is_none())
        .map(|key| &**key)
}

fn alike(key: &str, field: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = char> {
        let letters = name.chars().filter(|c| !matches!(c, '_' | '-'));
        letters.flat_map(char::to_lowercase)
    }
    let field = field.strip_prefix("r#").unwrap_or(field);
    letters(key).eq(letters(field))
}

fn is_key(step: Option<&Step>, object: &Map<String, Value>) -> bool {
    matches!(step, Some(Step::Field(field)) if key_of(field, object).is_some())
}

/// An enum of serde's default form, `{"Variant":{…}}`: its variant, and the key of the variant's field.
fn in_variant<'v>(field: &str, object: &'v Map<String, Value>) -> Option<(&'v str, &'v str)> {
    let (variant, content) = object.iter().next().filter(|_| object.len() == 1)?;
    Some((variant, key_of(field, content.as_object()?)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(name: &str) -> Step {
        Step::Field(name.to_owned())
    }

    fn key(name: &'static str) -> Step {
        Step::Key(name.into())
    }

    #[test]
    fn a_key_stands_as_it_is() {
        let received = json!({"lineOne": {"line_one": 1}});
        assert_eq!(on_the_wire(&[], &received), "");
        assert_eq!(on_the_wire(&[key("line_one")], &received), "line_one");
        assert_eq!(
            on_the_wire(&[key("gone"), field("id")], &received),
            "gone.id"
        );
    }

    #[test]
    fn a_field_is_the_key_that_it_is_on_the_wire() {
        let received = json!({"items": [{"unitPrice": 0}, {"UNIT-PRICE": 0}, {"unit_price": 0}]});
        for (item, name) in ["unitPrice", "UNIT-PRICE", "unit_price"].iter().enumerate() {
            let path = [key("items"), Step::Index(item), field("unit_price")];
            assert_eq!(
                on_the_wire(&path, &received),
                format!("items[{item}].{name}")
            );
        }
        let path = [key("items"), Step::Index(7), field("unit_price")];
        assert_eq!(on_the_wire(&path, &received), "items[7].unit_price");
    }

    #[test]
    fn a_raw_field_is_plain_on_the_wire() {
        let path = [field("r#type")];
        assert_eq!(on_the_wire(&path, &json!({"type": ""})), "type");
    }

    #[test]
    fn a_field_that_may_be_several_keys_keeps_its_name() {
        let received = json!({"lineOne": 1, "line-one": 2});
        assert_eq!(on_the_wire(&[field("line_one")], &received), "line_one");
        let received = json!({"lineOne": 1, "line_one": 2});
        assert_eq!(on_the_wire(&[field("line_one")], &received), "line_one");
    }

    #[test]
    fn a_flattened_field_is_not_on_the_wire() {
        let path = [key("order"), field("rest"), field("unit_price")];
        let received = json!({"order": {"unitPrice": 0}});
        assert_eq!(on_the_wire(&path, &received), "order.unitPrice");
    }

    #[test]
    fn the_only_field_of_a_struct_is_what_the_struct_is() {
        let received = json!({"id": "", "map": {"1": ""}, "point": {"x": 1}});
        let path = [key("id"), Step::Index(0)];
        assert_eq!(on_the_wire(&path, &received), "id");
        let path = [key("id"), field("inner")];
        assert_eq!(on_the_wire(&path, &received), "id");
        let path = [key("point"), Step::Index(0), field("x")];
        assert_eq!(on_the_wire(&path, &received), "point.x");
        let path = [key("map"), Step::Index(1)];
        assert_eq!(on_the_wire(&path, &received), "map.1");
    }

    #[test]
    fn a_field_of_a_variant_is_under_its_tag() {
        let received = json!({"shape": {"Circle": {"outerRadius": 0}}});
        let path = [key("shape"), field("outer_radius")];
        assert_eq!(on_the_wire(&path, &received), "shape.Circle.outerRadius");
    }
}
