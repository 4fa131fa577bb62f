use std::{fmt, marker::PhantomData};

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Extensions;

/// A JSON reference (AsyncAPI 3.0.0 § Reference Object).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// A URI; in our documents a JSON pointer after `#`.
    #[serde(rename = "$ref")]
    pub reference: String,
    /// Members beside it, which mean nothing and are kept.
    #[serde(flatten)]
    pub siblings: Extensions,
}

impl Reference {
    /// A reference to the object that these keys lead to from the root.
    pub fn to<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut reference = String::from("#");
        for key in keys {
            reference.push('/');
            reference.push_str(&escaped(key));
        }
        Self {
            reference,
            siblings: Extensions::new(),
        }
    }

    /// The last key of the pointer, as written in the map that it points into.
    pub fn key(&self) -> String {
        let last = self.reference.rsplit('/').next().unwrap_or_default();
        last.replace("~1", "/").replace("~0", "~")
    }
}

/// A key as it stands in a JSON pointer (RFC 6901 § 3).
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// An object in place, or a reference to one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum RefOr<T> {
    /// A reference.
    Ref(Reference),
    /// The object itself.
    Item(T),
}

impl<T> RefOr<T> {
    /// The object, where it stands in place.
    pub fn item(&self) -> Option<&T> {
        match self {
            Self::Ref(_) => None,
            Self::Item(item) => Some(item),
        }
    }

    /// The reference, where it is one.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Ref(reference) => Some(reference),
            Self::Item(_) => None,
        }
    }
}

/// What begins with `$ref` is a reference. Derived, it would be read into a buffer first, and an error inside the object
/// would lose its place and its reason.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for RefOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RefOrVisitor(PhantomData))
    }
}

struct RefOrVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for RefOrVisitor<T> {
    type Value = RefOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, or a reference to one")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let first: Option<String> = map.next_key()?;
        if first.as_deref() == Some("$ref") {
            let reference = map.next_value()?;
            let mut siblings = Extensions::new();
            while let Some((key, value)) = map.next_entry()? {
                siblings.insert(key, value);
            }
            return Ok(RefOr::Ref(Reference {
                reference,
                siblings,
            }));
        }
        let whole = WithFirst { first, map };
        T::deserialize(MapAccessDeserializer::new(whole)).map(RefOr::Item)
    }
}

/// A map whose first key has been looked at.
struct WithFirst<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithFirst<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
