use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A JSON value that is written with its keys sorted: a schema (AsyncAPI 3.0.0 § Schema Object) or an extension.
///
/// `serde_json`'s feature `preserve_order`, which any crate of a build may turn on, changes the order of a plain
/// `Value`; the order here never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Json(pub Value);

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Sorted(&self.0).serialize(serializer)
    }
}

/// For members that may be absent, and may be `null` where they are not.
pub(super) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// For members that hold a schema: whatever else stands there is refused with the path to it.
pub(super) fn schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value.is_object() || value.is_boolean() {
        Ok(Json(value))
    } else {
        Err(D::Error::custom("a schema is an object, `true` or `false`"))
    }
}

/// The same for members that may be absent.
pub(super) fn optional_schema<'de, D>(deserializer: D) -> Result<Option<Json>, D::Error>
where
    D: Deserializer<'de>,
{
    schema(deserializer).map(Some)
}

/// The same for maps of schemas.
pub(super) fn schemas<'de, D>(deserializer: D) -> Result<BTreeMap<String, Json>, D::Error>
where
    D: Deserializer<'de>,
{
    struct Schema(Json);
    impl<'de> Deserialize<'de> for Schema {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            schema(deserializer).map(Self)
        }
    }
    let schemas = BTreeMap::<String, Schema>::deserialize(deserializer)?;
    Ok(schemas
        .into_iter()
        .map(|(key, Schema(schema))| (key, schema))
        .collect())
}

struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(object) => {
                let mut entries: Vec<_> = object.iter().collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, &Sorted(value))?;
                }
                map.end()
            }
            Value::Array(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(&Sorted(item))?;
                }
                sequence.end()
            }
            other => other.serialize(serializer),
        }
    }
}
