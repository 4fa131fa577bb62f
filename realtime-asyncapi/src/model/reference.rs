use serde::{Deserialize, Serialize};

/// A JSON reference (AsyncAPI 3.0.0 § Reference Object).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// A URI; in our documents a JSON pointer after `#`.
    #[serde(rename = "$ref")]
    pub reference: String,
}

impl Reference {
    /// A reference to the object that these keys lead to from the root.
    pub fn to<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut reference = String::from("#");
        for key in keys {
            reference.push('/');
            reference.push_str(&key.replace('~', "~0").replace('/', "~1"));
        }
        Self { reference }
    }

    /// The last key of the pointer, as written in the map that it points into.
    pub fn key(&self) -> String {
        let last = self.reference.rsplit('/').next().unwrap_or_default();
        last.replace("~1", "/").replace("~0", "~")
    }
}

/// An object in place, or a reference to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
