//! The keys of a frame, and that none comes twice.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Visitor};

use crate::message::Form;

/// A key of a frame.
#[derive(Debug)]
pub(super) enum Key<'de> {
    Tag,
    Ref,
    /// Only where fields do not stand beside the tag.
    Payload,
    Other(Cow<'de, str>),
}

const PAYLOAD: &str = "payload";
const REF: &str = "ref";

impl<'de> Key<'de> {
    /// One of the envelope's own.
    fn known(form: Form, text: &str) -> Option<Self> {
        const ACTION: &str = Form::Adjacent.tag_key();
        const TYPE: &str = Form::Flat.tag_key();

        match (form, text) {
            (Form::Adjacent, ACTION) | (Form::Flat, TYPE) => Some(Self::Tag),
            (Form::Adjacent, PAYLOAD) => Some(Self::Payload),
            (_, REF) => Some(Self::Ref),
            _ => None,
        }
    }

    /// Its text, where it is not the envelope's own.
    pub(super) fn into_text(self, form: Form) -> Cow<'de, str> {
        match self {
            Self::Tag => form.tag_key().into(),
            Self::Ref => REF.into(),
            Self::Payload => PAYLOAD.into(),
            Self::Other(text) => text,
        }
    }
}

/// How a frame begins as a rule, up to its tag's value.
pub(super) const fn usual_head(form: Form) -> &'static str {
    match form {
        Form::Adjacent => r#"{"action":"#,
        Form::Flat => r#"{"type":"#,
    }
}

/// How such a frame goes on after its tag, up to the payload.
pub(super) const USUAL_PAYLOAD: &str = r#","payload":"#;

/// How a frame begins whose tag comes last, up to the payload.
pub(super) const LATE_HEAD: &str = r#"{"payload":"#;

/// How such a frame goes on after its payload, up to its tag's value.
pub(super) const fn late_tag(form: Form) -> &'static str {
    match form {
        Form::Adjacent => r#","action":"#,
        Form::Flat => r#","type":"#,
    }
}

/// Reads a key.
pub(super) struct KeyIn(pub(super) Form);

impl<'de> DeserializeSeed<'de> for KeyIn {
    type Value = Key<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeyIn {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
        Ok(Key::known(self.0, text).unwrap_or(Key::Other(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
        Ok(Key::known(self.0, text).unwrap_or_else(|| Key::Other(text.to_owned().into())))
    }
}

/// The keys that went by.
#[derive(Debug, Default)]
pub(super) struct Seen<'de> {
    tag: bool,
    reference: bool,
    payload: bool,
    others: Option<Others<'de>>,
}

impl<'de> Seen<'de> {
    /// `false`: it was there already.
    #[inline]
    pub(super) fn insert(&mut self, key: &Key<'de>) -> bool {
        let before = match key {
            Key::Tag => &mut self.tag,
            Key::Ref => &mut self.reference,
            Key::Payload => &mut self.payload,
            Key::Other(text) => return self.others.get_or_insert_default().insert(text),
        };
        !std::mem::replace(before, true)
    }
}

/// Keys that are not the envelope's own.
#[derive(Debug, Default)]
struct Others<'de> {
    /// The first few, without an allocation.
    few: [&'de str; 8],
    count: usize,
    /// The rest, and those with escapes: beyond a few keys a set is faster than a scan, and a sender cannot make it slow.
    many: Option<HashSet<Cow<'de, str>>>,
}

impl<'de> Others<'de> {
    #[expect(
        clippy::ptr_arg,
        reason = "what is borrowed from the frame stays borrowed"
    )]
    fn insert(&mut self, key: &Cow<'de, str>) -> bool {
        if self.few[..self.count].contains(&&**key) {
            return false;
        }
        match (key, &mut self.many) {
            (Cow::Borrowed(key), None) if self.count < self.few.len() => {
                self.few[self.count] = key;
                self.count += 1;
                true
            }
            (_, many) => many.get_or_insert_default().insert(key.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key<'_> {
        Key::Other(text.into())
    }

    #[test]
    fn beyond_a_few_keys_are_looked_up_in_a_set() {
        let keys: Vec<_> = (0..10_000).map(|key| key.to_string()).collect();
        let mut seen = Seen::default();
        assert!(keys.iter().all(|text| seen.insert(&key(text))));
        let others = seen.others.as_ref().unwrap();
        assert_eq!(others.count, others.few.len());
        let many = others.many.as_ref().unwrap();
        assert_eq!(many.len(), keys.len() - others.few.len());
        assert!(!keys.iter().any(|text| seen.insert(&key(text))));
    }

    #[test]
    fn a_key_with_escapes_is_the_one_without() {
        let escaped = || Key::Other(Cow::Owned("a".to_owned()));
        let mut seen = Seen::default();
        assert!(seen.insert(&escaped()));
        assert!(!seen.insert(&key("a")));
        assert!(seen.insert(&key("b")));
        assert!(!seen.insert(&escaped()));
        let mut seen = Seen::default();
        assert!(seen.insert(&key("a")));
        assert!(!seen.insert(&escaped()));
    }

    #[test]
    fn keys_of_the_envelope_come_once() {
        for key in [Key::Tag, Key::Ref, Key::Payload] {
            let mut seen = Seen::default();
            assert!(seen.insert(&key));
            assert!(!seen.insert(&key));
        }
    }
}
