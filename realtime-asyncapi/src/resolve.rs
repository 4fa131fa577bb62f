//! What references lead to.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Document;
use crate::model::{RefOr, Reference};

/// A chain of references that is longer goes round in a circle.
const LONGEST_CHAIN: usize = 64;

/// Follows the references of a document.
#[derive(Clone, Debug)]
pub struct Resolver {
    root: Value,
}

/// Why a reference could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// It leads out of the document, to a file or an address.
    #[error("`{0}` leads out of the document")]
    Outside(String),
    /// Nothing stands where it leads to.
    #[error("`{0}` leads nowhere")]
    Nowhere(String),
    /// References refer to one another.
    #[error("`{0}` leads back to itself")]
    Circle(String),
    /// Something of another kind stands where it leads to.
    #[error("`{reference}` leads to something else: {reason}")]
    Other {
        /// The reference.
        reference: String,
        /// What is wrong with what stands there.
        reason: String,
    },
}

impl Document {
    /// Follows references within this document.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use realtime_asyncapi::Document;
    ///
    /// let document = Document::from_json(
    ///     r##"{
    ///       "asyncapi": "3.0.0",
    ///       "info": {"title": "Rooms", "version": "1.0.0"},
    ///       "channels": {"room": {"messages": {"chat": {"$ref": "#/components/messages/chat"}}}},
    ///       "components": {"messages": {"chat": {"name": "chat.send"}}}
    ///     }"##,
    /// )?;
    /// let resolver = document.resolver();
    /// let room = resolver.resolve(&document.channels["room"])?;
    /// let chat = resolver.resolve(&room.messages["chat"])?;
    /// assert_eq!(chat.name.as_deref(), Some("chat.send"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn resolver(&self) -> Resolver {
        Resolver {
            root: self.to_value(),
        }
    }
}

impl Resolver {
    /// What a reference leads to, and the JSON pointer of that place; references on the way are followed, too.
    ///
    /// # Errors
    ///
    /// When it leads out of the document, nowhere, or back to itself.
    pub fn value(&self, reference: &str) -> Result<(String, &Value), ResolveError> {
        self.follow(reference, &mut 0).map_err(|error| match error {
            ResolveError::Circle(_) => ResolveError::Circle(reference.to_owned()),
            other => other,
        })
    }

    /// The whole document.
    #[cfg(feature = "frames")]
    pub(crate) fn root(&self) -> &Value {
        &self.root
    }

    fn follow(&self, reference: &str, hops: &mut usize) -> Result<(String, &Value), ResolveError> {
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(ResolveError::Outside(reference.to_owned()));
        };
        *hops += 1;
        if *hops > LONGEST_CHAIN {
            return Err(ResolveError::Circle(reference.to_owned()));
        }
        let pointer = decoded(pointer);
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return Err(ResolveError::Nowhere(reference.to_owned()));
        }
        let mut at = (String::new(), &self.root);
        for token in pointer.split('/').skip(1) {
            at = self.through(at, hops)?;
            let key = token.replace("~1", "/").replace("~0", "~");
            let next = match at.1 {
                Value::Object(object) => object.get(&key),
                Value::Array(items) => key.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            };
            let next = next.ok_or_else(|| ResolveError::Nowhere(reference.to_owned()))?;
            at = (format!("{}/{token}", at.0), next);
        }
        self.through(at, hops)
    }

    /// The place itself, or what the reference that stands there leads to.
    fn through<'a>(
        &'a self,
        (pointer, value): (String, &'a Value),
        hops: &mut usize,
    ) -> Result<(String, &'a Value), ResolveError> {
        match value.get("$ref").and_then(Value::as_str) {
            Some(further) => self.follow(further, hops),
            None => Ok((pointer, value)),
        }
    }

    /// Why each reference of the document cannot be followed that cannot; in the order of the references.
    ///
    /// Whatever stands behind such a reference, [`diff::changes`](crate::diff::changes) does not see.
    pub fn broken(&self) -> Vec<ResolveError> {
        let mut references = BTreeSet::new();
        collect(&self.root, &mut references);
        let error = |reference: &&str| self.value(reference).err();
        references.iter().filter_map(error).collect()
    }

    /// The object itself: in place, or what the reference leads to.
    ///
    /// # Errors
    ///
    /// When the reference cannot be followed, or leads to an object of another kind.
    pub fn resolve<'a, T>(&self, item: &'a RefOr<T>) -> Result<Cow<'a, T>, ResolveError>
    where
        T: Clone + DeserializeOwned,
    {
        match item {
            RefOr::Item(item) => Ok(Cow::Borrowed(item)),
            RefOr::Ref(reference) => self.target(reference).map(Cow::Owned),
        }
    }

    fn target<T: DeserializeOwned>(&self, reference: &Reference) -> Result<T, ResolveError> {
        let (_, value) = self.value(&reference.reference)?;
        T::deserialize(value).map_err(|error| ResolveError::Other {
            reference: reference.reference.clone(),
            reason: error.to_string(),
        })
    }
}

/// Every reference, wherever it stands.
pub(crate) fn collect<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// A pointer in the fragment of a URI is percent-encoded (RFC 6901 § 6).
fn decoded(pointer: &str) -> Cow<'_, str> {
    if !pointer.contains('%') {
        return Cow::Borrowed(pointer);
    }
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(pointer), Cow::Owned)
}
